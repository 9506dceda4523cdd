/** The message of whatever was thrown. */
export function describeFailure(error: unknown): string {
  if (typeof error === "object" && error !== null && "message" in error) {
    const { message } = error;
    if (typeof message === "string" && message !== "") return message;
  }
  return String(error);
}
