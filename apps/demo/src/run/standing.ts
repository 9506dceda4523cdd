import type { Conversation } from "../input/conversation.ts";
import type { ConversationRecord } from "../storage/demo-entities.ts";
import { conversationKey, type SurveyedThread } from "../storage/survey.ts";

/** How far the conversations of an input have come in a storage, each list in the order of the input. */
export interface Standing {
  readonly complete: readonly Conversation[];
  readonly partial: readonly Conversation[];
  readonly absent: readonly Conversation[];
}

export function standingOf(
  conversations: readonly Conversation[],
  threads: readonly SurveyedThread[],
  answeredBy: ConversationRecord["answeredBy"],
): Standing {
  const current = threads.filter(({ status }) => status !== "superseded");
  const statuses = new Map(current.map(({ record, status }) => [conversationKey(record), status]));
  const having = (wanted: SurveyedThread["status"] | undefined): readonly Conversation[] =>
    conversations.filter(
      ({ name, transcriptHash }) =>
        statuses.get(conversationKey({ name, transcriptHash, answeredBy })) === wanted,
    );
  return {
    complete: having("complete"),
    partial: having("partial"),
    absent: having(undefined),
  };
}

const mostNames = 200;

/** Who is in which list, by name. */
export function describeStanding({ complete, partial, absent }: Standing): readonly string[] {
  const line = (title: string, conversations: readonly Conversation[]): string => {
    const names = conversations.slice(0, mostNames).map(({ name }) => name);
    const rest = conversations.length - names.length;
    if (rest > 0) names.push(`and ${rest} more`);
    return `  ${title.padEnd(9)} ${conversations.length}${names.length === 0 ? "" : `: ${names.join(", ")}`}`;
  };
  return [line("complete", complete), line("partial", partial), line("absent", absent)];
}
