/** The beginning of a text on one line, as JSON writes it; `null` as `null`. */
export function excerpt(text: string | null, longest = 100): string {
  if (text === null) return "null";
  const characters = Array.from(text);
  if (characters.length <= longest) return JSON.stringify(text);
  return `${JSON.stringify(characters.slice(0, longest).join(""))}… (${text.length} characters)`;
}
