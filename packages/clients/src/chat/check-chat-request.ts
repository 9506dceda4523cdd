import { MiError } from "../errors.ts";
import { kindOf } from "../json.ts";
import type { ChatRequest } from "./chat-request.ts";

type Check = (value: unknown, path: string) => void;
/** The fields of one object. A field that is not named here is refused: a misspelt option must not be lost silently. */
type Shape = Readonly<Record<string, Check>>;

/**
 * Refuses a request that no provider could understand, before anything is sent.
 *
 * @throws MiError MI_CLIENT_INVALID_REQUEST, naming the field but never showing its value.
 */
export function checkChatRequest(request: ChatRequest): void {
  object(requestShape)(request, "");
  const tools = request.tools ?? [];
  const choice = request.toolChoice;
  if (choice === undefined || choice === "auto" || choice === "none") return;
  if (choice === "required") {
    if (tools.length === 0) refuse("toolChoice", "be absent when there are no tools", choice);
  } else if (!tools.some((tool) => tool.name === choice.name)) {
    refuse(
      "toolChoice.name",
      `name one of the tools (${tools.map((t) => t.name).join(", ") || "none"})`,
      choice,
    );
  }
}

const text: Check = (value, path) => {
  if (typeof value !== "string") refuse(path, "be text", value);
};

const name: Check = (value, path) => {
  if (typeof value !== "string" || value === "") refuse(path, "be text that is not empty", value);
};

const textOrNull: Check = (value, path) => {
  if (value !== null) text(value, path);
};

const flag: Check = (value, path) => {
  if (typeof value !== "boolean") refuse(path, "be true or false", value);
};

const anyObject: Check = (value, path) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse(path, "be an object", value);
  }
};

const finite: Check = (value, path) => {
  if (typeof value !== "number" || !Number.isFinite(value))
    refuse(path, "be a finite number", value);
};

const positiveInteger: Check = (value, path) => {
  if (!Number.isSafeInteger(value) || Number(value) < 1)
    refuse(path, "be a whole number over 0", value);
};

const optional =
  (check: Check): Check =>
  (value, path) => {
    if (value !== undefined) check(value, path);
  };

const oneOf =
  (...allowed: readonly string[]): Check =>
  (value, path) => {
    if (typeof value !== "string" || !allowed.includes(value)) {
      refuse(path, `be one of ${allowed.join(", ")}`, value);
    }
  };

const list =
  (check: Check, atLeast = 0): Check =>
  (value, path) => {
    if (!Array.isArray(value)) refuse(path, "be a list", value);
    if (value.length < atLeast) refuse(path, "not be empty", value);
    for (let index = 0; index < value.length; index++) check(value[index], `${path}[${index}]`);
  };

const object =
  (shape: Shape): Check =>
  (value, path) => {
    anyObject(value, path === "" ? "the request" : path);
    const fields = Object.entries(Object(value));
    for (const [key, field] of fields) {
      if (field !== undefined && !Object.hasOwn(shape, key)) {
        refuse(
          inside(path, key),
          `not be there; known are ${Object.keys(shape).join(", ")}`,
          field,
        );
      }
    }
    const present = new Map(fields);
    for (const [key, check] of Object.entries(shape)) check(present.get(key), inside(path, key));
  };

/** An object whose other fields depend on the text in one of them. */
const tagged =
  (tag: string, shapes: Readonly<Record<string, Shape>>): Check =>
  (value, path) => {
    anyObject(value, path);
    const kind: unknown = Reflect.get(Object(value), tag);
    oneOf(...Object.keys(shapes))(kind, inside(path, tag));
    object({ [tag]: text, ...shapes[String(kind)] })(value, path);
  };

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

const toolChoice: Check = (value, path) => {
  if (typeof value === "object") object({ name })(value, path);
  else oneOf("auto", "none", "required")(value, path);
};

const requestShape: Shape = {
  model: name,
  messages: list(message, 1),
  maxTokens: optional(positiveInteger),
  temperature: optional(finite),
  tools: optional(list(tool)),
  toolChoice: optional(toolChoice),
  responseFormat: optional(responseFormat),
  reasoning: optional(object({ effort: oneOf("low", "medium", "high") })),
};

function inside(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function refuse(field: string, expected: string, value: unknown): never {
  throw new MiError(
    "MI_CLIENT_INVALID_REQUEST",
    `${field} must ${expected}, got ${kindOf(value)}; correct the request`,
    { details: { field, expected, got: kindOf(value) } },
  );
}
