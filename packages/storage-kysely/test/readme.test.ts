import { mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format } from "node:util";
import { expect, jest, test } from "@jest/globals";
import { scratchPath } from "./scratch-folder.ts";

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), "utf8");

test("the README shows the quick start that runs, and what it prints", async () => {
  const readme = read("README.md");
  expect(readme).toContain(`\`\`\`ts\n${read("test/quick-start.ts")}\`\`\``);
  const folder = scratchPath("quick-start");
  const before = process.cwd();
  const log = jest.spyOn(console, "log").mockImplementation(() => undefined);
  mkdirSync(folder);
  process.chdir(folder);
  try {
    await import("./quick-start.ts");
    const printed = log.mock.calls.map((call) => format(...call));
    expect(readme).toContain(`\`\`\`text\n${printed.join("\n")}\n\`\`\``);
  } finally {
    process.chdir(before);
    log.mockRestore();
  }
});
