/**
 * A name of TypeScript as SQL has it: `totalTokens` is `total_tokens`, `LLMConfig` is `llm_config`. `never` for a name that
 * a column or view has in another form; see `sqlName`.
 */
export type SnakeCase<Name extends string> = Words<Name, "", "start">;

type Small =
  | ("a" | "b" | "c" | "d" | "e" | "f" | "g" | "h" | "i" | "j" | "k" | "l" | "m")
  | ("n" | "o" | "p" | "q" | "r" | "s" | "t" | "u" | "v" | "w" | "x" | "y" | "z");
type Digit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9";
type Kind = "start" | "capital" | "small" | "underscore";

type Words<
  Rest extends string,
  Done extends string,
  Before extends Kind,
> = Rest extends `${infer Letter}${infer More}`
  ? Letter extends Uppercase<Small>
    ? BeginsWord<Before, More> extends true
      ? Words<More, `${Done}_${Lowercase<Letter>}`, "capital">
      : Words<More, `${Done}${Lowercase<Letter>}`, "capital">
    : Letter extends Small
      ? Words<More, `${Done}${Letter}`, "small">
      : Letter extends Digit
        ? Before extends "start"
          ? never
          : Words<More, `${Done}${Letter}`, "small">
        : Letter extends "_"
          ? Words<More, `${Done}_`, "underscore">
          : never
  : Done;

/** A capital begins a word after a small letter or a digit, and after another capital when a small letter follows. */
type BeginsWord<Before extends Kind, More extends string> = Before extends "small"
  ? true
  : Before extends "capital"
    ? More extends `${Small}${string}`
      ? true
      : false
    : false;

/** As the type {@link SnakeCase}, of any name; characters other than letters, digits and underscores stay. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
