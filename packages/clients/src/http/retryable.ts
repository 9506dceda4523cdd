/** Codes under which waiting does not help, though the status is that of a rate limit. */
const spent = new Set(["insufficient_quota", "billing_hard_limit_reached", "billing_not_active"]);

/** Codes that pass, as OpenAI and compatible servers write them into a body. */
const passing = new Set([
  "rate_limit_exceeded",
  "rate_limit_error",
  "server_error",
  "internal_server_error",
  "overloaded",
  "overloaded_error",
  "service_unavailable",
  "timeout",
]);

/** Whether the same request may succeed later, by what the server said of it. */
export function isRetryable(fault: {
  status: number;
  codes: readonly (string | undefined)[];
  headers?: Headers | undefined;
}): boolean {
  const codes = fault.codes.filter((code) => code !== undefined);
  if (codes.some((code) => spent.has(code))) return false;
  const advice = fault.headers?.get("x-should-retry");
  if (advice === "true" || advice === "false") return advice === "true";
  if (isPassingStatus(fault.status)) return true;
  // A fault inside a body of status 200 names its real status, or a code, in the body.
  return codes.some((code) => passing.has(code) || isPassingStatus(Number(code)));
}

function isPassingStatus(status: number): boolean {
  return (
    status === 408 ||
    status === 409 ||
    status === 425 ||
    status === 429 ||
    (status >= 500 && status < 600)
  );
}
