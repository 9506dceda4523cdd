/** What has come of one exchange so far. Filled in place, so that a cut or late answer keeps what did arrive. */
export interface HttpExchange {
  /** `undefined` until the answer begins. */
  status: number | undefined;
  headers: Headers | undefined;
  text: string;
  /** What fetch or the reading of the body failed with. Kept here because an SDK wraps it, and drops its code. */
  failure: unknown;
}

export function newHttpExchange(): HttpExchange {
  return { status: undefined, headers: undefined, text: "", failure: undefined };
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

/** Reads a response to its last byte. Rejects when the connection breaks or the fetch is aborted. */
export async function receive(response: Response, exchange: HttpExchange): Promise<void> {
  exchange.status = response.status;
  exchange.headers = response.headers;
  if (response.body === null) return;
  const decoder = new TextDecoder();
  for await (const chunk of response.body) exchange.text += decoder.decode(chunk, { stream: true });
  exchange.text += decoder.decode();
}
