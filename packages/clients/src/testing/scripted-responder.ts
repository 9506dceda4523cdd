import { MiError } from "../errors.ts";
import type { ChatResponder, ChatServerReply } from "./chat-server-reply.ts";
import { errorBody } from "./completion-body.ts";
import type { RecordedRequest } from "./recorded-request.ts";

/** One request that is expected, and its answer. */
export interface ScriptStep {
  readonly reply: ChatServerReply;
  /** What the request of this step must be like. Throw to say what is wrong with it. */
  readonly expect?: ((request: RecordedRequest) => void) | undefined;
}

export interface ScriptedResponder extends ChatResponder {
  /**
   * Call it at the end of a test.
   *
   * @throws MiError MI_CLIENT_TEST_SCRIPT when a request came that the script doesn't have, or a step was not asked for.
   */
  assertDone(): void;
}

/**
 * Answers requests by a list of steps, one after the other. A request that the script doesn't expect is answered 400,
 * which nobody retries, and `assertDone` tells of it.
 */
export function scriptedResponder(
  steps: readonly (ChatServerReply | ScriptStep)[],
): ScriptedResponder {
  const problems: string[] = [];
  let next = 0;

  const refuse = (problem: string): ChatServerReply => {
    problems.push(problem);
    const body = errorBody(problem, "invalid_request_error", "unexpected_request");
    return { type: "raw", status: 400, body };
  };

  const respond = (request: RecordedRequest): ChatServerReply => {
    const step = steps[next];
    if (step === undefined) {
      return refuse(`request ${request.number} comes after the last of ${steps.length} steps`);
    }
    next += 1;
    if (!("reply" in step)) return step;
    try {
      step.expect?.(request);
      return step.reply;
    } catch (error) {
      return refuse(`request ${request.number} is not what step ${next} expects: ${String(error)}`);
    }
  };

  const assertDone = (): void => {
    const left = steps.length - next;
    const all =
      left === 0 ? problems : [...problems, `${left} of ${steps.length} steps were not asked for`];
    if (all.length === 0) return;
    throw new MiError("MI_CLIENT_TEST_SCRIPT", `The script was not followed: ${all.join("; ")}`, {
      details: { problems: all, steps: steps.length, consumed: next },
    });
  };

  return Object.assign(respond, { assertDone });
}
