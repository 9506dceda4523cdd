import { kindOf } from "../json.ts";

/** What a provider says of a fault, in its own words. */
export interface ProviderError {
  readonly message: string | undefined;
  readonly code: string | undefined;
  readonly type: string | undefined;
}

export type ResponseFaultReason =
  | { readonly kind: "malformed"; readonly problem: string }
  | { readonly kind: "provider_error"; readonly error: ProviderError };

/**
 * Thrown inside a decoder: the body holds no answer. It never leaves the package: the client makes an `ApiCallError` of it,
 * knowing what the decoder doesn't (provider, status, the keys to take out).
 */
export class ResponseFault extends Error {
  readonly reason: ResponseFaultReason;

  constructor(reason: ResponseFaultReason) {
    super(reason.kind);
    this.name = "ResponseFault";
    this.reason = reason;
  }

  static of(error: unknown): ResponseFault | undefined {
    return error instanceof ResponseFault ? error : undefined;
  }
}

/** A part of the body is not what it must be. Names kinds only: values can hold anything. */
export function shapeFault(path: string, expected: string, got: unknown): ResponseFault {
  return new ResponseFault({
    kind: "malformed",
    problem: `${path} must be ${expected}, got ${kindOf(got)}`,
  });
}
