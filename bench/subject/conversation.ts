import { entity, ref, type EcsId, type EntityRegistry } from "@mi/ecs";
import { z } from "zod";
import { messageOf } from "./texts.ts";

/** One message of a conversation. */
export class Message extends entity("bench.Message", {
  role: z.enum(["user", "assistant"]),
  content: z.string(),
}) {}

/** A conversation: a name and a list. */
export class Thread extends entity("bench.Thread", {
  name: z.string(),
  messages: z.array(ref(Message)).default([]),
}) {}

/** A warm thread that is written to turn by turn. */
export class Conversation {
  readonly thread: Thread;
  #turns = 0;

  private constructor(thread: Thread) {
    this.thread = thread;
  }

  static async start(registry: EntityRegistry): Promise<Conversation> {
    return new Conversation(await registry.register(new Thread({ name: "conversation" })));
  }

  get turns(): number {
    return this.#turns;
  }

  /** Two messages and one commit. */
  async addTurn(): Promise<void> {
    const turn = this.#turns++;
    this.thread.messages.push(
      new Message(messageOf(turn, "user")),
      new Message(messageOf(turn, "assistant")),
    );
    await this.thread.fork();
  }

  async growTo(turns: number): Promise<void> {
    while (this.#turns < turns) await this.addTurn();
  }
}

/** A stored thread of so many messages, in one commit. */
export async function storeThread(registry: EntityRegistry, messages: number): Promise<EcsId> {
  const thread = new Thread({ name: "conversation" });
  for (let i = 0; i < messages; i++)
    thread.messages.push(new Message(messageOf(i >> 1, i % 2 === 0 ? "user" : "assistant")));
  return (await registry.register(thread)).ecsId;
}
