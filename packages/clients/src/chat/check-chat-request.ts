import { MiError } from "../errors.ts";
import { kindOf } from "../json.ts";
import type { ChatRequest } from "./chat-request.ts";

/** Where a value stands. Written out only when it is refused: a long conversation has thousands of fields. */
interface Place {
  readonly parent: Place | undefined;
  readonly key: string | number;
}

type Check = (value: unknown, place: Place) => void;
/** The fields of one object. A field that is not named here is refused: a misspelt option must not be lost silently. */
type Shape = Readonly<Record<string, Check>>;

/**
 * Refuses a request that no provider could understand, before anything is sent.
 *
 * @throws MiError MI_CLIENT_INVALID_REQUEST, naming the field but never showing its value.
 */
export function checkChatRequest(request: ChatRequest): void {
  const root = { parent: undefined, key: "" };
  checkRequest(request, root);
  const tools = request.tools ?? [];
  const choice = request.toolChoice;
  if (choice === undefined || choice === "auto" || choice === "none") return;
  const place = { parent: root, key: "toolChoice" };
  if (choice === "required") {
    if (tools.length === 0) refuse(place, "be absent when there are no tools", choice);
  } else if (!tools.some((tool) => tool.name === choice.name)) {
    const names = tools.map((tool) => tool.name).join(", ");
    refuse({ parent: place, key: "name" }, `name one of the tools (${names || "none"})`, choice);
  }
}

const text: Check = (value, place) => {
  if (typeof value !== "string") refuse(place, "be text", value);
};

const name: Check = (value, place) => {
  if (typeof value !== "string" || value === "") refuse(place, "be text that is not empty", value);
};

const textOrNull: Check = (value, place) => {
  if (value !== null) text(value, place);
};

const flag: Check = (value, place) => {
  if (typeof value !== "boolean") refuse(place, "be true or false", value);
};

const finite: Check = (value, place) => {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    refuse(place, "be a finite number", value);
  }
};

const positiveInteger: Check = (value, place) => {
  if (!Number.isSafeInteger(value) || Number(value) < 1) {
    refuse(place, "be a whole number over 0", value);
  }
};

const anyObject: Check = (value, place) => {
  asObject(value, place);
};

function asObject(value: unknown, place: Place): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  return refuse(place, "be an object", value);
}

/** Getters count: whoever implements a request as a class has them. */
function field(of: object, key: string): unknown {
  return Reflect.get(of, key);
}

function optional(check: Check): Check {
  return (value, place) => {
    if (value !== undefined) check(value, place);
  };
}

function oneOf(...allowed: readonly string[]): Check {
  return (value, place) => {
    if (typeof value !== "string" || !allowed.includes(value)) {
      refuse(place, `be one of ${allowed.join(", ")}`, value);
    }
  };
}

function list(check: Check, atLeast = 0): Check {
  return (value, place) => {
    if (!Array.isArray(value)) refuse(place, "be a list", value);
    if (value.length < atLeast) refuse(place, "not be empty", value);
    for (let key = 0; key < value.length; key++) check(value[key], { parent: place, key });
  };
}

function object(shape: Shape): Check {
  const checks = Object.entries(shape);
  return (value, place) => {
    const fields = asObject(value, place);
    for (const key of Object.keys(fields)) {
      if (Object.hasOwn(shape, key) || field(fields, key) === undefined) continue;
      const known = Object.keys(shape).join(", ");
      refuse({ parent: place, key }, `not be there; known are ${known}`, field(fields, key));
    }
    for (const [key, check] of checks) check(field(fields, key), { parent: place, key });
  };
}

/** An object whose other fields depend on the text in one of them. */
function tagged(tag: string, shapes: Readonly<Record<string, Shape>>): Check {
  const checkTag = oneOf(...Object.keys(shapes));
  const checks = new Map<unknown, Check>(
    Object.entries(shapes).map(([kind, shape]) => [kind, object({ [tag]: text, ...shape })]),
  );
  return (value, place) => {
    const kind = field(asObject(value, place), tag);
    checkTag(kind, { parent: place, key: tag });
    checks.get(kind)?.(value, place);
  };
}

const message = tagged("role", {
  system: { content: text },
  developer: { content: text },
  user: { content: text },
  assistant: {
    content: textOrNull,
    toolCalls: optional(list(object({ id: text, name: text, arguments: text }))),
  },
  tool: { content: text, toolCallId: text },
});

const tool = object({
  name,
  description: optional(text),
  parameters: anyObject,
  strict: optional(flag),
});

const responseFormat = tagged("type", {
  text: {},
  json_object: {},
  json_schema: { name, description: optional(text), schema: anyObject, strict: optional(flag) },
});

const namedTool = object({ name });
const toolChoiceWord = oneOf("auto", "none", "required");

const checkRequest = object({
  model: name,
  messages: list(message, 1),
  maxTokens: optional(positiveInteger),
  temperature: optional(finite),
  tools: optional(list(tool)),
  toolChoice: optional((value, place) =>
    (typeof value === "object" ? namedTool : toolChoiceWord)(value, place),
  ),
  responseFormat: optional(responseFormat),
  reasoning: optional(object({ effort: oneOf("low", "medium", "high") })),
});

function refuse({ parent, key }: Place, expected: string, value: unknown): never {
  const where = written(parent, key) || "the request";
  const got = kindOf(value);
  throw new MiError(
    "MI_CLIENT_INVALID_REQUEST",
    `${where} must ${expected}, got ${got}; correct the request`,
    { details: { field: where, expected, got } },
  );
}

function written(parent: Place | undefined, key: string | number): string {
  const above = parent === undefined ? "" : written(parent.parent, parent.key);
  if (typeof key === "number") return `${above}[${key}]`;
  return above === "" ? key : `${above}.${key}`;
}
