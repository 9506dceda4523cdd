import type { Terminal } from "../cli/terminal.ts";
import { count } from "../cli/table.ts";

const lineEveryMs = 3000;
const redrawEveryMs = 100;

/** Tells how far a run has come: one line that changes on a terminal, a line now and then anywhere else. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  readonly #totals: { readonly conversations: number; readonly turns: number };
  readonly #startedAt: number;
  #shownAt: number;
  #conversations = 0;
  #turns = 0;

  constructor(
    terminal: Terminal,
    totals: { readonly conversations: number; readonly turns: number },
    now: () => number,
  ) {
    this.#terminal = terminal;
    this.#totals = totals;
    this.#now = now;
    this.#startedAt = now();
    this.#shownAt = this.#startedAt;
  }

  turnDone(): void {
    this.#turns += 1;
    this.#show();
  }

  conversationDone(): void {
    this.#conversations += 1;
    this.#show();
  }

  end(): void {
    this.#terminal.showStatus("");
  }

  #show(): void {
    const now = this.#now();
    const { interactive } = this.#terminal;
    if (now - this.#shownAt < (interactive ? redrawEveryMs : lineEveryMs)) return;
    this.#shownAt = now;
    const { conversations, turns } = this.#totals;
    const seconds = ((now - this.#startedAt) / 1000).toFixed(0);
    const text = `${count(this.#conversations)} of ${count(conversations)} conversations, ${count(this.#turns)} of ${count(turns)} turns, ${seconds} s`;
    if (interactive) this.#terminal.showStatus(text);
    else this.#terminal.note(text);
  }
}
