import { PrefixHash, type TranscriptMessage } from "./transcript-message.ts";

/** A recorded conversation, to answer from. */
export interface Transcript {
  readonly id: string;
  readonly messages: readonly TranscriptMessage[];
}

/** What follows one prefix. */
interface Continuation {
  /** The first conversation with this prefix. */
  readonly transcript: Transcript;
  /** The prefix with the message that follows it there. */
  readonly next: string;
  /** Another conversation with this prefix goes on differently. */
  forks: boolean;
}

/** Finds recorded conversations by the hash of what they begin with. Built in one pass over all messages. */
export class TranscriptIndex {
  readonly #byId = new Map<string, { transcript: Transcript; prefixes: readonly string[] }>();
  readonly #withPrefix = new Map<string, Transcript>();
  readonly #continuations = new Map<string, Continuation>();

  constructor(transcripts: Iterable<Transcript>) {
    for (const transcript of transcripts) this.#add(transcript);
  }

  byId(id: string): Transcript | undefined {
    return this.#byId.get(id)?.transcript;
  }

  /** Whether the first messages of that conversation, so many, are this prefix. */
  begins(id: string, length: number, prefix: string): boolean {
    return this.#byId.get(id)?.prefixes[length] === prefix;
  }

  /** What an assistant answered to exactly this prefix. */
  continuation(prefix: string): Readonly<Continuation> | undefined {
    return this.#continuations.get(prefix);
  }

  /** Some conversation that begins with this prefix. */
  withPrefix(prefix: string): Transcript | undefined {
    return this.#withPrefix.get(prefix);
  }

  #add(transcript: Transcript): void {
    if (this.#byId.has(transcript.id)) {
      throw new TypeError(`Two transcripts have the id ${JSON.stringify(transcript.id)}`);
    }
    const hash = new PrefixHash();
    const prefixes = [hash.digest()];
    this.#remember(hash.digest(), transcript);
    for (const message of transcript.messages) {
      const before = prefixes.at(-1) ?? "";
      hash.add(message);
      const after = hash.digest();
      prefixes.push(after);
      this.#remember(after, transcript);
      if (message.role === "assistant") this.#continue(before, transcript, after);
    }
    this.#byId.set(transcript.id, { transcript, prefixes });
  }

  #remember(prefix: string, transcript: Transcript): void {
    if (!this.#withPrefix.has(prefix)) this.#withPrefix.set(prefix, transcript);
  }

  #continue(prefix: string, transcript: Transcript, next: string): void {
    const known = this.#continuations.get(prefix);
    if (known === undefined) this.#continuations.set(prefix, { transcript, next, forks: false });
    else if (known.next !== next) known.forks = true;
  }
}
