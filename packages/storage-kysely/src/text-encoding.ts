/**
 * PostgreSQL keeps no NUL in a text. It is written as a character that Unicode will never assign and a digit, and that
 * character itself as it and another digit; every other text is stored as it is.
 */
const MARK = "\u{10ffff}";
const NUL_OR_MARK = /[\0\u{10ffff}]/gu;
const MARKED = /\u{10ffff}([01])/gu;

export function encodeText(text: string): string {
  return text.includes("\0") || text.includes(MARK)
    ? text.replace(NUL_OR_MARK, (char) => (char === MARK ? `${MARK}1` : `${MARK}0`))
    : text;
}

export function decodeText(text: string): string {
  return text.includes(MARK)
    ? text.replace(MARKED, (_, digit) => (digit === "1" ? MARK : "\0"))
    : text;
}
