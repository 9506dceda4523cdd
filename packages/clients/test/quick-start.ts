import { OpenAIClient } from "@mi/clients";
import { startChatServer } from "@mi/clients/testing";

const server = await startChatServer({
  respond: () => ({ type: "message", content: "Bern." }),
});
const client = new OpenAIClient({ baseURL: server.url }); // new OpenAIClient() is OpenAI itself, with OPENAI_API_KEY

const answer = await client.complete({
  model: "gpt-4o",
  messages: [{ role: "user", content: "The capital of Switzerland?" }],
});

console.log(answer.content); // Bern.
console.log(answer.raw); // the body as it came
await server.close();
