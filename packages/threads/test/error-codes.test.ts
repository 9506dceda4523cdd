import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { threadsErrorCodes } from "../src/errors.ts";

const folder = join(import.meta.dirname, "..");

test("the README lists exactly the codes that there are", async () => {
  const readme = await readFile(join(folder, "README.md"), "utf8");
  const listed = [...readme.matchAll(/^\| `(MI_THREADS_\w+)`/gm)].map(([, code]) => code);
  expect(listed).toEqual([...threadsErrorCodes]);
});

test("every code is thrown somewhere", async () => {
  const files = await readdir(join(folder, "src"), { recursive: true });
  const sources = files.filter((file) => file.endsWith(".ts") && file !== "errors.ts");
  const texts = await Promise.all(
    sources.map((file) => readFile(join(folder, "src", file), "utf8")),
  );
  const unused = threadsErrorCodes.filter(
    (code) => !texts.some((text) => text.includes(`"${code}"`)),
  );
  expect(unused).toEqual([]);
});
