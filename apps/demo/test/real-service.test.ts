import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startChatServer, type ChatServerReply } from "@mi/clients/testing";
import { demo, newFolder } from "./demo-process.ts";
import { look } from "./look.ts";

let folder: Awaited<ReturnType<typeof newFolder>>;

beforeAll(async () => {
  folder = await newFolder();
});

afterAll(() => folder.remove());

test("with --provider openai the user turns go in, the answers are the service's, and verify says what it can't know", async () => {
  const keys = new Set<string | undefined>();
  // Calls a recorded tool at the first chance, and one that has no recorded result after that.
  const service = await startChatServer({
    respond: ({ bodyText, headers }): ChatServerReply => {
      keys.add(headers["authorization"]);
      const results = bodyText.split('"role":"tool"').length - 1;
      const asked = bodyText.includes("get_weather") && results < 2;
      if (!asked) return { type: "message", content: "My own words." };
      const calls = [{ name: "get_weather", arguments: '{"city":"Rome"}' }];
      return { type: "message", content: null, toolCalls: calls };
    },
  });
  const storage = ["--storage", `sqlite:${join(folder.path, "service.sqlite")}`];
  const args = ["run", "--provider", "openai", "--base-url", service.url, "--limit", "3"];
  const run = await demo([...args, ...storage], {
    cwd: folder.path,
    env: { OPENAI_API_KEY: "sk-test-of-the-demo" },
  });
  await service.close();
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect([...keys]).toEqual(["Bearer sk-test-of-the-demo"]);
  expect(run.stdout).toMatch(/threads +3 with \d+ messages, checked for consistency only/);
  expect(run.stdout).toContain("Verified: nothing differs.");
  expect(run.stdout).not.toContain("sk-test");

  const { stdout: history } = await look(["history", "two-cities", ...storage]);
  expect(history).toContain('tool       "{\\"temperature\\": 21.5}"');
  expect(history).toContain("My own words.");
  const { stdout: threads } = await look(["threads", ...storage]);
  expect(threads.match(/ complete /g)).toHaveLength(3);
}, 60_000);
