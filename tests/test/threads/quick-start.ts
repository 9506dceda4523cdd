import { z } from "zod";
import { OpenAIClient } from "@mi/clients";
import { scriptedResponder, startChatServer } from "@mi/clients/testing";
import { EntityRegistry } from "@mi/ecs";
import { MemoryStorage } from "@mi/storage-memory";
import { CallableRegistry, ChatThread, InferenceOrchestrator, LLMConfig } from "@mi/threads";

// A local server in place of OpenAI: it calls a tool, then answers.
const server = await startChatServer({
  respond: scriptedResponder([
    { type: "message", toolCalls: [{ name: "add", arguments: '{"a":5,"b":7}' }] },
    { type: "message", content: "5 + 7 is 12." },
  ]),
});

const registry = new EntityRegistry({ storage: new MemoryStorage() });
const callables = new CallableRegistry();
const add = callables.register({
  name: "add",
  description: "Adds two numbers.",
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  execute: ({ a, b }) => a + b,
});

const orchestrator = new InferenceOrchestrator({
  registry,
  clients: { openai: new OpenAIClient({ baseURL: server.url }) },
  callables,
});

const thread = new ChatThread({
  llmConfig: new LLMConfig({ client: "openai", model: "gpt-4o", responseFormat: "auto_tools" }),
  tools: [add],
  newMessage: "What is 5 + 7?",
});
const [output] = await orchestrator.run([thread]);

console.log(output?.content); // 5 + 7 is 12.
for (const message of thread.history) console.log(message.role, message.content);

// Every turn is a version.
const lineage = await registry.lineage(thread.lineageId);
console.log(lineage.versions.length); // 3: the question, the call with its result, the answer

await server.close();
