/** What was asked for can't be done as it was asked: the fault is in the arguments or in the input. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
