import { classifyError } from "../classify-error.ts";
import type { ErrorClass } from "../classify-error.ts";

const connection: ErrorClass = {
  code: "MI_STORAGE_CONNECTION",
  retryable: true,
  says: "can't be reached, or the connection was lost; repeat the call, a commit with the same id",
};
const permission: ErrorClass = {
  code: "MI_STORAGE_PERMISSION",
  retryable: false,
  says: "refuses this user; check its name, password and rights",
};
const busy: ErrorClass = {
  code: "MI_STORAGE_BUSY",
  retryable: true,
  says: "is in use by others at the same place; repeat the call, in a transaction of yours all of it",
};
const timeout: ErrorClass = {
  code: "MI_STORAGE_TIMEOUT",
  retryable: true,
  says: "took longer than a timeout of the server allows; repeat the call, or set a longer one",
};
const corrupt: ErrorClass = {
  code: "MI_STORAGE_CORRUPT",
  retryable: false,
  says: "is damaged; run verify(), and restore a backup",
};
const lacking: ErrorClass = {
  code: "MI_STORAGE_CORRUPT",
  retryable: false,
  says: "lacks a table, a column or a function that this package makes; restore a backup, or undo what was changed",
};
const usage: ErrorClass = {
  code: "MI_STORAGE_USAGE",
  retryable: false,
  says: "can't hold such a value; a text of a version takes up to about 250 MB",
};

const encryption: ErrorClass = {
  code: "MI_STORAGE_OPEN",
  retryable: false,
  says: "can't be reached with encryption; correct sslmode and the certificates in the URL",
};
const unprepared: ErrorClass = {
  code: "MI_STORAGE_USAGE",
  retryable: false,
  says: "has mixed up prepared statements; open it with prepare: false behind a proxy that shares connections",
};
const absent: ErrorClass = {
  code: "MI_STORAGE_OPEN",
  retryable: false,
  says: "isn't there; make the database first",
};
const crowded: ErrorClass = {
  code: "MI_STORAGE_BUSY",
  retryable: true,
  says: "has no connection left; repeat the call, or use fewer connections (max)",
};

/** What an SQLSTATE or a code of Node.js means: the longest code that the error's begins with counts. */
const classes: Readonly<Record<string, ErrorClass>> = {
  "08": connection,
  "57P": connection,
  ECONNREFUSED: connection,
  ECONNRESET: connection,
  ECONNABORTED: connection,
  ETIMEDOUT: connection,
  EPIPE: connection,
  EAI_AGAIN: connection,
  EHOSTUNREACH: connection,
  EHOSTDOWN: connection,
  ENETDOWN: connection,
  ENETUNREACH: connection,
  ENOTFOUND: {
    code: "MI_STORAGE_OPEN",
    retryable: false,
    says: "has a host that isn't known; correct the address",
  },
  ENOENT: {
    code: "MI_STORAGE_OPEN",
    retryable: false,
    says: "has no socket at that place; correct the address, or start the server",
  },
  "28": permission,
  "42501": permission,
  "25006": {
    code: "MI_STORAGE_PERMISSION",
    retryable: false,
    says: "may only be read; name the primary server, or give this user the right to write",
  },
  "3D000": absent,
  "3F000": {
    code: "MI_STORAGE_OPEN",
    retryable: false,
    says: "lacks the schema; name one that exists",
  },
  "42P07": {
    code: "MI_STORAGE_OPEN",
    retryable: false,
    says: "has other tables than this package makes; name another schema or database",
  },
  "42723": {
    code: "MI_STORAGE_OPEN",
    retryable: false,
    says: "has other functions than this package makes; name another schema or database",
  },
  "40": busy,
  "55P03": busy,
  "53300": crowded,
  "53100": {
    code: "MI_STORAGE_FULL",
    retryable: false,
    says: "has no room to grow; free disk space of the server, then repeat the call",
  },
  "57014": timeout,
  "25P03": timeout,
  "25P04": timeout,
  "25P02": {
    code: "MI_STORAGE_USAGE",
    retryable: false,
    says: "is in a transaction that has failed; roll it back, and begin another one",
  },
  "26000": unprepared,
  "42P05": unprepared,
  ERR_TLS: encryption,
  SELF_SIGNED_CERT_IN_CHAIN: encryption,
  DEPTH_ZERO_SELF_SIGNED_CERT: encryption,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: encryption,
  CERT_HAS_EXPIRED: encryption,
  XX001: corrupt,
  XX002: corrupt,
  "42P01": lacking,
  "42703": lacking,
  "42883": lacking,
  "22021": usage,
  "54000": usage,
};

/** What drivers say without a code. */
const messages: readonly (readonly [RegExp, ErrorClass])[] = [
  [
    /^timeout exceeded when trying to connect/,
    {
      code: "MI_STORAGE_BUSY",
      retryable: true,
      says: "has no free connection; repeat the call, give connections back sooner, or allow more (max)",
    },
  ],
  [/^The server does not support SSL|^There was an error establishing an SSL/, encryption],
  // A password that isn't there, or that the server's answer doesn't fit.
  [/^SASL: /, permission],
  // Of a Kysely that is no transaction any more.
  [
    /^Transaction is already (committed|rolled back)/,
    {
      code: "MI_STORAGE_USAGE",
      retryable: false,
      says: "has no such transaction any more; use a view inside the transaction that it was made for",
    },
  ],
  [/^Query read timeout/, connection],
  [
    /Connection terminated|connection error and is not queryable|Client was closed|socket hang up/,
    connection,
  ],
];

/** Under which PgBouncer says all that it says itself, whatever it is about. */
const OF_PROXIES = "08P01";
const proxyMessages: readonly (readonly [RegExp, ErrorClass])[] = [
  [
    /^unsupported (options )?startup parameter/,
    {
      code: "MI_STORAGE_OPEN",
      retryable: false,
      says: "is behind a proxy that refuses settings that come with a connection; name them in its ignore_startup_parameters and give them to the user (alter role … set …), or open on a pool of your own without them",
    },
  ],
  [
    /^transaction blocks not allowed/,
    {
      code: "MI_STORAGE_OPEN",
      retryable: false,
      says: "is behind a proxy that lends connections for single statements; set it to transaction or session mode (pool_mode)",
    },
  ],
  [/^no such database/, absent],
  [/^SSL required/, encryption],
  [/^no such user|authentication failed|^login rejected/, permission],
  [/^no more connections allowed|^client connections exceeded|^query_wait_timeout/, crowded],
  [/^query_timeout|^transaction_timeout/, timeout],
];

/** The error to throw for one that came from PostgreSQL, its driver or the network. */
export function postgresError(error: unknown, place: string): unknown {
  return classifyError(error, place, classOf);
}

function classOf(driverCode: string | undefined, message: string): ErrorClass | undefined {
  const ofProxy = driverCode === OF_PROXIES ? saidIn(proxyMessages, message) : undefined;
  if (ofProxy !== undefined) return ofProxy;
  for (let key = driverCode ?? ""; key !== ""; key = key.slice(0, -1)) {
    const found = classes[key];
    if (found !== undefined) return found;
  }
  return saidIn(messages, message);
}

function saidIn(
  known: readonly (readonly [RegExp, ErrorClass])[],
  message: string,
): ErrorClass | undefined {
  return known.find(([says]) => says.test(message))?.[1];
}
