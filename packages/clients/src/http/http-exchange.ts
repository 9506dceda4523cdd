/** What has come of one exchange so far. Filled in place, so that a cut or late answer keeps what did arrive. */
export interface HttpExchange {
  /** `undefined` until the answer begins. */
  status: number | undefined;
  headers: Headers | undefined;
  text: string;
}

export function newHttpExchange(): HttpExchange {
  return { status: undefined, headers: undefined, text: "" };
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
