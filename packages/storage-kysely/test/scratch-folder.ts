import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "@jest/globals";

let folder: string | undefined;
let made = 0;

/** A path that nothing is at, in a folder that goes away with the test file. */
export function scratchPath(name = "data.sqlite"): string {
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), "mi-sqlite-"));
    // Other users come to their files in it.
    chmodSync(folder, 0o755);
  }
  return join(folder, `${++made}-${name}`);
}

afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});
