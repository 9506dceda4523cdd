import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, jest, test } from "@jest/globals";

const folder = join(dirname(fileURLToPath(import.meta.url)), "..");
const readme = read("README.md");

function read(path: string): string {
  return readFileSync(join(folder, path), "utf8");
}

describe("the README", () => {
  test("shows the quick start that runs", async () => {
    expect(readme).toContain(`\`\`\`ts\n${read("test/quick-start.ts")}\`\`\``);
    const log = jest.spyOn(console, "log").mockImplementation(() => {});
    try {
      await import("./quick-start.ts");
      expect(log).toHaveBeenCalledWith("Bern.");
    } finally {
      log.mockRestore();
    }
  });

  test("lists every error code, and each is thrown somewhere", () => {
    const source = read("src/errors.ts");
    const codes = [...source.matchAll(/^ {2}\| "(MI_CLIENT_\w+)"/gm)].map(([, code]) => code);
    const listed = [...readme.matchAll(/^\| `(MI_CLIENT_\w+)` +\|/gm)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(5);
    expect(listed).toEqual(codes.toSorted((a = "", b = "") => a.localeCompare(b)));
    const others = readdirSync(join(folder, "src"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && path !== "errors.ts")
      .map((path) => read(join("src", path)))
      .join("\n");
    for (const code of codes) expect(others).toContain(`"${code}"`);
  });
});
