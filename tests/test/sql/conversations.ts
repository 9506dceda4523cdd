import { EntityRegistry } from "@mi/ecs";
import type { EntityStorage } from "@mi/ecs";
import { ManualClock, SequentialIds } from "@mi/ecs/testing";
import {
  CallableTool,
  ChatMessage,
  ChatThread,
  LLMConfig,
  RawOutput,
  SystemPrompt,
  Tool,
  Usage,
} from "@mi/threads";

export const types = [
  ChatThread,
  ChatMessage,
  SystemPrompt,
  LLMConfig,
  Usage,
  Tool,
  CallableTool,
  RawOutput,
];

const DAY = 24 * 60 * 60 * 1000;
const MINUTE = 60 * 1000;

/** What the questions of docs/sql.md are asked about: three conversations in January 2026. */
export async function storeConversations(storage: EntityStorage): Promise<void> {
  const clock = new ManualClock(Date.UTC(2026, 0, 5, 9));
  const registry = new EntityRegistry({ storage, types, clock, ids: new SequentialIds() });
  const guide = new SystemPrompt({ name: "guide", content: "Be brief." });
  const small = new LLMConfig({ client: "openai", model: "small" });

  const add = async (
    thread: ChatThread,
    fields: Omit<ConstructorParameters<typeof ChatMessage>[0], "timestamp" | "chatThreadId">,
    actor: string,
  ): Promise<ChatMessage> => {
    clock.advance(MINUTE);
    const message = new ChatMessage({
      ...fields,
      timestamp: new Date(clock.now()),
      chatThreadId: thread.lineageId,
      parentMessageUuid: thread.lastMessage?.lineageId ?? null,
    });
    thread.history.push(message);
    await registry.register(thread, { actor, operation: "add message" });
    return message;
  };
  const usage = (model: string, promptTokens: number, completionTokens: number) =>
    new Usage({
      model,
      promptTokens,
      completionTokens,
      totalTokens: promptTokens + completionTokens,
    });
  // The response to a request that was sent with the messages of the thread as it is, and took so many seconds.
  const receive = async (thread: ChatThread, seconds: number): Promise<void> => {
    const start = clock.now() / 1000;
    await registry.register(
      new RawOutput({
        rawResult: {},
        completionKwargs: {},
        requestHash: "0".repeat(64),
        startTime: start,
        endTime: start + seconds,
        chatThreadId: thread.ecsId,
        chatThreadLineageId: thread.lineageId,
        chatThreadLiveId: thread.liveId,
        client: "openai",
        statusCode: 200,
      }),
      { actor: "orchestrator", operation: "store response" },
    );
  };
  const ask = (thread: ChatThread, content: string, actor: string) =>
    add(thread, { role: "user", content }, actor);
  const answer = (thread: ChatThread, content: string, tokens: Usage) =>
    add(thread, { role: "assistant", content, usage: tokens }, "orchestrator");

  const rome = new ChatThread({ name: "Trip to Rome", systemPrompt: guide, llmConfig: small });
  const question = await ask(rome, "Where is the Forum?", "ann");
  await receive(rome, 1.5);
  await answer(rome, "Between two hills.", usage("small", 20, 5));
  await registry.refs.set("published", rome);
  await ask(rome, "And the Pantheon?", "ann");
  await receive(rome, 0.5);
  await answer(rome, "Near Piazza Navona.", usage("small", 40, 6));

  clock.advance(DAY);
  question.content = "Where is the Roman Forum?";
  await rome.fork({ actor: "bob", operation: "edit", reason: "a clearer question" });
  guide.content = "Be brief, and name your sources.";
  await guide.fork({ actor: "cara", operation: "edit" });

  const lookUp = new CallableTool({ name: "look_up" });
  const taxes = new ChatThread({
    name: "Taxes",
    systemPrompt: guide,
    llmConfig: small,
    tools: [lookUp],
  });
  await ask(taxes, "When are they due?", "ann");
  await add(
    taxes,
    {
      role: "assistant",
      content: null,
      toolCalls: [
        { id: "1", name: "look_up", arguments: '{"what":"due date"}' },
        { id: "2", name: "look_up", arguments: '{"what":"rate"}' },
      ],
      usage: usage("small", 30, 10),
    },
    "orchestrator",
  );
  for (const [id, content] of [
    ["1", '{"result":"31 July"}'],
    ["2", '{"error":"no such page"}'],
  ] as const)
    await add(
      taxes,
      { role: "tool", content, toolName: "look_up", toolUuid: lookUp.lineageId, oaiToolCallId: id },
      "orchestrator",
    );
  await answer(taxes, "On 31 July.", usage("small", 90, 8));

  clock.advance(DAY);
  const large = new LLMConfig({ client: "openai", model: "large" });
  const poem = new ChatThread({ name: "Poem", llmConfig: large });
  await ask(poem, "A line on autumn?", "bob");
  await receive(poem, 2.25);
  await answer(poem, "Leaves learn to fall.", usage("large", 15, 7));

  clock.advance(7 * DAY);
  poem.tools.push(lookUp, new CallableTool({ name: "draw" }));
  await poem.fork({ actor: "ann", operation: "offer tools", correlationId: "ticket-7" });
  clock.advance(MINUTE);
  poem.tools.pop();
  await poem.fork({ actor: "bob", operation: "take away a tool" });
  const other = await registry.getOrThrow(LLMConfig, large.ecsId);
  clock.advance(MINUTE);
  large.temperature = 0.25;
  await large.fork({ actor: "ann" });
  other.temperature = 1.5;
  await other.fork({ actor: "bob" });
}
