import { createHash } from "node:crypto";
import type { WireRequest } from "@mi/clients";

/** SHA-256 of the bytes that are sent, in hex. */
export function requestHash(wire: WireRequest): string {
  return createHash("sha256").update(JSON.stringify(wire.body)).digest("hex");
}
