import { writeFileSync } from "node:fs";
import { formatReport, register } from "@mi/conformance";
import type { RunnerApi } from "@mi/conformance";
import failingTarget from "./failing.ts";
import memoryTarget from "./memory.ts";

const targets = new Map([memoryTarget, failingTarget].map((target) => [target.name, target]));

/** Makes the kit's tests in a runner, and writes the report where the environment says when they have run. */
export function registerTarget(
  api: RunnerApi & { readonly afterAll: (work: () => void) => unknown },
): void {
  const path = process.env["MI_CONFORMANCE_REPORT"];
  if (path === undefined) throw new Error("MI_CONFORMANCE_REPORT names no file for the report");
  const target = targets.get(process.env["MI_CONFORMANCE_TARGET"] ?? "");
  if (target === undefined) throw new Error("MI_CONFORMANCE_TARGET names no target");
  const only = process.env["MI_CONFORMANCE_ONLY"]?.split(",");
  const registration = register(target, api, { only });
  api.afterAll(() => writeFileSync(path, formatReport(registration.report(), "json")));
}
