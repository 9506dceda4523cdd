import type { Clock } from "../clock.ts";
import { MiError } from "../errors.ts";
import { checkHeaders } from "../http/check-headers.ts";
import { secretsOfHeaders, secretsOfQuery } from "../http/secrets.ts";
import { checkTimeout } from "../http/check-timeout.ts";

/** Where to send requests and as whom; what is left out comes from the environment. */
export interface OpenAIClientOptions {
  /** Default: `OPENAI_API_KEY`, then `OPENAI_KEY`. `null`: send none, whatever the environment says. */
  readonly apiKey?: string | null | undefined;
  /** Default: `OPENAI_BASE_URL`, then OpenAI's own. Any server that speaks chat completions; its query is kept. */
  readonly baseURL?: string | undefined;
  /** Default: `OPENAI_ORG_ID`. */
  readonly organization?: string | undefined;
  /** Default: `OPENAI_PROJECT_ID`. */
  readonly project?: string | undefined;
  /** From sending to the last byte of the body, in milliseconds. Default: five minutes. */
  readonly timeoutMs?: number | undefined;
  readonly defaultHeaders?: Readonly<Record<string, string>> | undefined;
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly clock?: Clock | undefined;
}

/** The options of a client, completed from the environment and checked. */
export interface OpenAISettings {
  readonly apiKey: string | undefined;
  /** Without query, credentials and trailing slash. */
  readonly baseURL: string;
  /** The query of the base URL, sent with every request. */
  readonly query: Readonly<Record<string, string>>;
  readonly organization: string | undefined;
  readonly project: string | undefined;
  readonly timeoutMs: number;
  readonly defaultHeaders: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

const officialBaseURL = "https://api.openai.com/v1";

/** Node's own fetch gives up after five minutes without headers, so a longer default would promise too much. */
const defaultTimeoutMs = 300_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws MiError MI_CLIENT_MISSING_KEY or MI_CLIENT_CONFIGURATION. */
export function resolveOpenAISettings(
  options: OpenAIClientOptions,
  environment: Environment,
): OpenAISettings {
  const givenBaseURL = options.baseURL ?? fromEnvironment(environment, "OPENAI_BASE_URL");
  const { baseURL, query } = parseBaseURL(givenBaseURL ?? officialBaseURL);
  const apiKey = findKey(options, environment);
  if (apiKey === undefined && givenBaseURL === undefined) {
    throw new MiError(
      "MI_CLIENT_MISSING_KEY",
      "OpenAIClient needs an API key: set OPENAI_API_KEY, give { apiKey }, or give { baseURL } of a server that needs none",
      { details: { provider: "openai" } },
    );
  }
  const defaultHeaders = options.defaultHeaders ?? {};
  checkHeaders(defaultHeaders, "defaultHeaders", "MI_CLIENT_CONFIGURATION");
  return {
    apiKey,
    baseURL,
    query,
    organization: options.organization ?? fromEnvironment(environment, "OPENAI_ORG_ID"),
    project: options.project ?? fromEnvironment(environment, "OPENAI_PROJECT_ID"),
    timeoutMs: checkTimeout(options.timeoutMs ?? defaultTimeoutMs, "MI_CLIENT_CONFIGURATION"),
    defaultHeaders,
    secrets: [
      ...(apiKey === undefined ? [] : [apiKey]),
      ...secretsOfHeaders(defaultHeaders),
      ...secretsOfHeaders(headersOfTheSDK(environment)),
      ...secretsOfQuery(query),
    ],
  };
}

/** Headers that the SDK adds on its own, one to a line; read here only to know the secrets in them. */
function headersOfTheSDK(environment: Environment): Record<string, string> {
  const lines = (environment["OPENAI_CUSTOM_HEADERS"] ?? "").split("\n");
  return Object.fromEntries(
    lines.map((line) => [line.split(":", 1)[0] ?? "", line.slice(line.indexOf(":") + 1).trim()]),
  );
}

function findKey(options: OpenAIClientOptions, environment: Environment): string | undefined {
  if (options.apiKey === null) return undefined;
  const given =
    options.apiKey ??
    fromEnvironment(environment, "OPENAI_API_KEY") ??
    fromEnvironment(environment, "OPENAI_KEY");
  // A key read from a file or a shell often brings its line break along.
  const key = given?.trim() ?? "";
  if (key === "") return undefined;
  if (/^[\x20-\x7e]+$/.test(key)) return key;
  throw new MiError(
    "MI_CLIENT_CONFIGURATION",
    "The API key has a character that no HTTP header can carry (a line break, or one outside ASCII); copy it again",
    { details: { field: "apiKey" } },
  );
}

function parseBaseURL(text: string): { baseURL: string; query: Record<string, string> } {
  // A URL that can't be read, or holds a password, isn't shown: it may hold a key.
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new MiError(
      "MI_CLIENT_CONFIGURATION",
      "baseURL must be an absolute http or https URL, such as http://127.0.0.1:8000/v1",
      { details: { field: "baseURL" } },
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new MiError(
      "MI_CLIENT_CONFIGURATION",
      `baseURL must not hold a user name or password (host ${url.host}); give them as an authorization header in defaultHeaders`,
      { details: { field: "baseURL", host: url.host } },
    );
  }
  const path = url.pathname.replace(/\/+$/, "");
  return { baseURL: `${url.origin}${path}`, query: Object.fromEntries(url.searchParams) };
}

/** A variable that is set to nothing counts as not set. */
function fromEnvironment(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === "" ? undefined : value;
}
