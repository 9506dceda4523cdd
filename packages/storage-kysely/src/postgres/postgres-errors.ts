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
  "3D000": {
    code: "MI_STORAGE_OPEN",
    retryable: false,
    says: "isn't there; make the database first",
  },
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
  "53300": {
    code: "MI_STORAGE_BUSY",
    retryable: true,
    says: "has no connection left; repeat the call, or use fewer connections (max)",
  },
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

/** The error to throw for one that came from PostgreSQL, its driver or the network. */
export function postgresError(error: unknown, place: string): unknown {
  return classifyError(error, place, classOf);
}

function classOf(driverCode: string | undefined, message: string): ErrorClass | undefined {
  for (let key = driverCode ?? ""; key !== ""; key = key.slice(0, -1)) {
    const found = classes[key];
    if (found !== undefined) return found;
  }
  return messages.find(([says]) => says.test(message))?.[1];
}
