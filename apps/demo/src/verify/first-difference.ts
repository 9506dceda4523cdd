import { excerpt } from "../cli/excerpt.ts";
import { messageLine, type CanonicalMessage } from "../input/canonical-message.ts";
import { turnAt } from "../input/turns.ts";

export interface MessageDifference {
  readonly turn: number;
  /** Position among all messages of the transcript, from 0. */
  readonly index: number;
  readonly what: string;
}

/** Where a stored conversation leaves its transcript first. */
export function firstDifference(
  stored: readonly CanonicalMessage[],
  transcript: readonly CanonicalMessage[],
): MessageDifference | undefined {
  const longest = Math.max(stored.length, transcript.length);
  for (let index = 0; index < longest; index++) {
    const have = stored[index];
    const want = transcript[index];
    if (have !== undefined && want !== undefined && messageLine(have) === messageLine(want))
      continue;
    const turn = turnAt(want === undefined ? stored : transcript, index);
    return { turn, index, what: difference(have, want, stored.length, transcript.length) };
  }
  return undefined;
}

function difference(
  stored: CanonicalMessage | undefined,
  recorded: CanonicalMessage | undefined,
  have: number,
  want: number,
): string {
  if (stored === undefined) return `is missing: ${have} of ${want} messages are stored`;
  if (recorded === undefined)
    return `is too much: ${have} messages are stored, the transcript has ${want}`;
  if (stored.role !== recorded.role)
    return `role is ${stored.role}, in the transcript ${recorded.role}`;
  if (stored.content !== recorded.content)
    return `content is ${around(stored.content, recorded.content)}, in the transcript ${around(recorded.content, stored.content)}`;
  if (stored.toolCallId !== recorded.toolCallId)
    return `tool_call_id is ${excerpt(stored.toolCallId)}, in the transcript ${excerpt(recorded.toolCallId)}`;
  return `tool_calls are ${calls(stored)}, in the transcript ${calls(recorded)}`;
}

function calls({ toolCalls }: CanonicalMessage): string {
  return JSON.stringify(toolCalls.map(({ id, name, arguments: text }) => [id, name, text]));
}

/** A text from a little before the place where the other one differs. */
function around(text: string | null, other: string | null): string {
  if (text === null || other === null) return excerpt(text);
  let same = 0;
  while (same < text.length && text[same] === other[same]) same++;
  const start = same < 40 ? 0 : same - 20;
  return start === 0 ? excerpt(text) : `…${excerpt(text.slice(start))} from character ${start}`;
}
