import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "node:util";
import { describe, expect, jest, test } from "@jest/globals";

const root = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const readme = read("packages/ecs/README.md");

function sources(folder: string): string {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.endsWith("mi-error.ts"))
    .map((path) => read(join(folder, path)))
    .join("\n");
}

describe("the README of @mi/ecs", () => {
  test("shows the quick start that runs, and what it prints", async () => {
    expect(readme).toContain(`\`\`\`ts\n${read("tests/test/core/quick-start.ts")}\`\`\``);
    const log = jest.spyOn(console, "log").mockImplementation(() => {});
    try {
      await import("./quick-start.ts");
      const printed = log.mock.calls.map((call) => format(...call));
      expect(readme).toContain(`\`\`\`text\n${printed.join("\n")}\n\`\`\``);
    } finally {
      log.mockRestore();
    }
  });

  test("shows the tour piece by piece, each with what it prints", async () => {
    const pieces = read("tests/test/core/readme-tour.ts").split(/^\/\/ --- \w+\n/m);
    for (const piece of pieces) expect(readme).toContain(`\`\`\`ts\n${piece.trimEnd()}\n\`\`\``);
    const tour = readme.slice(readme.indexOf("## Define"));
    const shown = [...tour.matchAll(/^```text\n([^`]*)```$/gm)].map(([, text]) => text);
    const log = jest.spyOn(console, "log").mockImplementation(() => {});
    try {
      await import("./readme-tour.ts");
      const printed = log.mock.calls.map((call) => `${format(...call)}\n`);
      expect(shown.join("")).toBe(printed.join(""));
    } finally {
      log.mockRestore();
    }
  });

  test("lists every error code, and each is thrown somewhere", () => {
    const codes = [...read("packages/ecs/src/mi-error.ts").matchAll(/^ {2}\| "(MI_\w+)"/gm)].map(
      ([, code]) => code,
    );
    const listed = [...readme.matchAll(/^\| `(MI_\w+)` +\|/gm)].map(([, code]) => code);
    expect(listed).toEqual(codes.toSorted((a = "", b = "") => (a < b ? -1 : 1)));
    // Those of a storage are thrown by backends, other people's too.
    const own = codes.filter((code) => !code?.startsWith("MI_STORAGE_"));
    const all = sources("packages/ecs/src");
    expect(own.filter((code) => !all.includes(`"${code}"`))).toEqual([]);
  });
});
