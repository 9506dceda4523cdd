export interface MessageFields {
  readonly role: "user" | "assistant";
  readonly content: string;
}

const LENGTH = 300;
const words =
  "The booking shows two bags, and the fare allows one of them; I can add the second for a fee, or move you to a " +
  "fare that has both. The return flight leaves at 14:05 and arrives on the next morning. Shall I go on with the " +
  "change, keep what you have, or look for a flight on another day that week instead of this one?";

/** A message of about 300 bytes, different for each turn and role. */
export function messageOf(turn: number, role: MessageFields["role"]): MessageFields {
  const text = `${role} ${turn}: ${words}`.slice(0, LENGTH);
  // A flat string of its own: what a socket gives, and nothing that shares memory with the next one.
  return { role, content: Buffer.from(text, "latin1").toString("latin1") };
}
