import { inspect } from "node:util";

const redacted = "[redacted]";
const secretHeader = /authorization|api-?key|token|secret|cookie|credential|password/i;
const secretQuery = /key|token|secret|sig|password/i;

/**
 * Shorter keys are placeholders for servers that want none ("EMPTY", "ollama"). They are taken out of errors too, but
 * not out of answers, where the same letters are ordinary words.
 */
const shortestRealKey = 16;

/** So much of the beginning of a key, at the end of a text that breaks off, is taken out too. */
const shortestRest = 6;

/** Takes the keys of a client out of everything that came from outside. */
export class Secrets {
  readonly #forms: readonly string[];

  constructor(values: readonly string[]) {
    const forms = values.filter((value) => value !== "").flatMap(writtenForms);
    // Longest first, so that a secret inside another leaves no rest.
    this.#forms = [...new Set(forms)].sort((a, b) => b.length - a.length);
  }

  /** For errors: every secret, however short, and one that the text breaks off in. */
  redact(text: string): string {
    return withoutBrokenEnd(replaceAll(text, this.#forms), this.#forms);
  }

  /** For answers that are kept: real keys only. */
  redactAnswer(text: string): string {
    return replaceAll(
      text,
      this.#forms.filter((form) => form.length >= shortestRealKey),
    );
  }

  /** The cause itself when no secret is anywhere in it, else a copy of its message without them. */
  redactCause(cause: unknown): unknown {
    if (cause === undefined) return undefined;
    const shown = inspect(cause, { depth: 8, maxStringLength: null, maxArrayLength: null });
    if (this.redact(shown) === shown) return cause;
    return new Error(this.redact(shown));
  }
}

/** The secret parts of headers: what follows `Bearer`, else the whole value. */
export function secretsOfHeaders(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers)
    .filter(([name]) => secretHeader.test(name))
    .map(([, value]) => value.replace(/^\s*(?:bearer|basic)\s+/i, "").trim());
}

/** Some gateways take the key as a query parameter. */
export function secretsOfQuery(query: Readonly<Record<string, string>>): string[] {
  return Object.entries(query)
    .filter(([name]) => secretQuery.test(name))
    .map(([, value]) => value);
}

/** A server that echoes a key may escape it: as JSON, as JSON with `\/`, or as part of a URL. */
function writtenForms(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  return [secret, json, json.replaceAll("/", "\\/"), encodeURIComponent(secret)];
}

function replaceAll(text: string, forms: readonly string[]): string {
  return forms.reduce((result, form) => result.replaceAll(form, redacted), text);
}

function withoutBrokenEnd(text: string, forms: readonly string[]): string {
  for (const form of forms) {
    for (let length = form.length - 1; length >= shortestRest; length--) {
      if (text.endsWith(form.slice(0, length))) return text.slice(0, -length) + redacted;
    }
  }
  return text;
}
