import { MiError } from "../errors.ts";

/** Refuses headers that fetch would refuse later, in a message that shows their values. */
export function checkHeaders(
  headers: Readonly<Record<string, string>>,
  field: string,
  code: "MI_CLIENT_CONFIGURATION" | "MI_CLIENT_INVALID_REQUEST",
): void {
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "string" && isHeader(name, value)) continue;
    throw new MiError(
      code,
      `${field}: ${JSON.stringify(name)} must be the name of an HTTP header and its value text without line breaks`,
      { details: { field, header: name } },
    );
  }
}

function isHeader(name: string, value: string): boolean {
  try {
    new Headers([[name, value]]);
    return true;
  } catch {
    return false;
  }
}
