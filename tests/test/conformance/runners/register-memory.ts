import { writeFileSync } from "node:fs";
import { formatReport, register } from "@mi/conformance";
import type { RunnerApi } from "@mi/conformance";
import { memoryTarget } from "../memory-target.ts";

/** Makes the kit's tests in a runner, and writes the report where the environment says when they have run. */
export function registerMemory(
  api: RunnerApi & { readonly afterAll: (work: () => void) => unknown },
): void {
  const path = process.env["MI_CONFORMANCE_REPORT"];
  if (path === undefined) throw new Error("MI_CONFORMANCE_REPORT names no file for the report");
  const registration = register(memoryTarget, api);
  api.afterAll(() => writeFileSync(path, formatReport(registration.report(), "json")));
}
