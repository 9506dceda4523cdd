/** The innermost reason of a failed fetch, which hides it under "fetch failed". */
export function readFailure(error: unknown): { code: string | undefined; message: string } {
  const chain = [...causes(error)];
  const named = chain.findLast((link) => link.code !== undefined);
  const innermost = named ?? chain.at(-1);
  return { code: named?.code, message: innermost?.message ?? "unknown reason" };
}

function* causes(error: unknown): Generator<{ code: string | undefined; message: string }> {
  let link = error;
  // A cause that names itself must not hold us here for ever.
  for (let depth = 0; depth < 10 && typeof link === "object" && link !== null; depth++) {
    yield { code: text(link, "code"), message: text(link, "message") ?? "" };
    link = Reflect.get(link, "cause");
  }
}

function text(from: object, key: string): string | undefined {
  const value: unknown = Reflect.get(from, key);
  return typeof value === "string" && value !== "" ? value : undefined;
}
