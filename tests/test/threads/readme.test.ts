import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, jest, test } from "@jest/globals";

test("the README of @mi/threads shows the quick start that runs", async () => {
  const read = (path: string): Promise<string> => readFile(join(import.meta.dirname, path), "utf8");
  const readme = await read("../../../packages/threads/README.md");
  expect(readme).toContain(`\`\`\`ts\n${await read("quick-start.ts")}\`\`\``);
  const log = jest.spyOn(console, "log").mockImplementation(() => {});
  try {
    await import("./quick-start.ts");
    expect(log.mock.calls).toEqual([
      ["5 + 7 is 12."],
      ["user", "What is 5 + 7?"],
      ["assistant", null],
      ["tool", '{"result":12}'],
      ["assistant", "5 + 7 is 12."],
      [3],
    ]);
  } finally {
    log.mockRestore();
  }
});
