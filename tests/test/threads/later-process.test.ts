import { expect, test } from "@jest/globals";
import { scriptedResponder } from "@mi/clients/testing";
import {
  parseCommitId,
  parseEcsId,
  parseLineageId,
  RefList,
  type EcsId,
  type EntityRecord,
} from "@mi/ecs";
import { SequentialIds } from "@mi/ecs/testing";
import { ChatThread } from "@mi/threads";
import { calls, only, says, withWorld, type World } from "./fixtures/world.ts";

// As in a process that only loads: no class of this package is constructed in this file before it is loaded.

const ids = new SequentialIds();

function record(type: string, fields: unknown, held: Partial<EntityRecord> = {}): EntityRecord {
  return {
    ecsId: parseEcsId(ids.next()),
    lineageId: parseLineageId(ids.next()),
    parentId: null,
    mergedFromId: null,
    type,
    schemaVersion: 1,
    createdAt: "2026-01-01T00:00:00.000Z",
    data: JSON.stringify(fields),
    refs: [],
    lists: [],
    ...held,
  };
}

/** Stores a thread with a tool `add` and a user message, as another process left it. */
async function leaveThread({ storage }: World): Promise<EcsId> {
  const config = record("mi.LLMConfig", {
    client: "openai",
    model: "gpt-4o",
    maxTokens: 400,
    temperature: 0,
    responseFormat: "auto_tools",
    useCache: true,
    reasoner: false,
    reasoningEffort: "medium",
  });
  const tool = record("mi.CallableTool", {
    name: "add",
    docstring: null,
    inputSchema: { type: "object", properties: { a: { type: "number" } } },
    outputSchema: {},
    strictSchema: true,
    callableText: null,
    resultFormat: "text",
  });
  const message = record("mi.ChatMessage", {
    timestamp: { $date: "2026-01-01T00:00:00.000Z" },
    role: "user",
    content: "Add.",
    authorUuid: null,
    chatThreadId: null,
    parentMessageUuid: null,
    toolCalls: [],
    toolName: null,
    toolUuid: null,
    toolType: null,
    oaiToolCallId: null,
    toolJsonSchema: null,
    usage: null,
  });
  const thread = record(
    "mi.ChatThread",
    {
      name: null,
      systemPrompt: null,
      history: { $list: 0 },
      newMessage: null,
      prefill: "",
      postfill: "",
      useSchemaInstruction: false,
      useHistory: true,
      forcedOutput: null,
      llmConfig: { $ref: 0 },
      tools: { $list: 1 },
      workflowStep: null,
    },
    {
      refs: [config.ecsId],
      lists: [RefList.from([message.ecsId]), RefList.from([tool.ecsId])],
    },
  );
  const records = [config, tool, message, thread];
  await storage.commit({
    header: {
      id: parseCommitId(ids.next()),
      createdAt: "2026-01-01T00:00:00.000Z",
      operation: null,
      actor: null,
      reason: null,
      correlationId: null,
      cause: null,
      metadata: "{}",
    },
    versions: records.map((made) => ({ record: made, bases: made.lists.map(() => null) })),
    mustBeHeads: [],
    refMoves: [],
  });
  return thread.ecsId;
}

test("a thread that another process left waiting for an answer goes on, tools included", async () => {
  const script = scriptedResponder([calls(["add", { a: 1 }]), says("done")]);
  await withWorld("sqlite", script, async (world) => {
    const thread = await world.registry.getOrThrow(ChatThread, await leaveThread(world));
    const callables = { execute: () => Promise.resolve({ content: "ran", isError: false }) };
    const output = only(await world.orchestrator({ callables }).run([thread]));
    expect(output).toMatchObject({ content: "done", error: null });
    expect(thread.history.map((message) => message.content)).toEqual(["Add.", null, "ran", "done"]);
    expect(world.server.requests[0]?.body).toMatchObject({
      tools: [{ function: { name: "add", description: "Execute add function" } }],
    });
    script.assertDone();
  });
});
