import { existsSync } from "node:fs";
import { join } from "node:path";
import Sequencer from "@jest/test-sequencer";
import { root } from "./workspace.mjs";

/** Those that run the kit whole or start many processes, by how long they take: small files, of which jest expects little. */
const longest = [
  "tests/test/conformance/postgres-compositions.test.ts",
  "tests/test/conformance/postgres.test.ts",
  "tests/test/conformance/broken-stores.test.ts",
  "packages/storage-kysely/test/faults/kills.test.ts",
  "tests/test/conformance/runners.test.ts",
  "tests/test/conformance/sqlite-file.test.ts",
  "tests/test/conformance/sqlite-memory.test.ts",
  "tests/test/conformance/compositions.test.ts",
  "examples/folder-storage/test/compositions.test.ts",
  "examples/folder-storage/test/conformance.test.ts",
].map((path) => join(root, path));

const missing = longest.filter((path) => !existsSync(path));
if (missing.length > 0) throw new Error(`No such tests: ${missing.join(", ")}`);

/**
 * Without times of an earlier run jest begins with the largest files; what takes minutes would come last, alone on one
 * core. With such times its own order stands.
 */
export default class LongestTestsFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const isLong = ({ path, duration }) => duration === undefined && longest.includes(path);
    const first = sorted
      .filter(isLong)
      .toSorted((a, b) => longest.indexOf(a.path) - longest.indexOf(b.path));
    return [...first, ...sorted.filter((test) => !isLong(test))];
  }
}
