import { classifyError } from "../classify-error.ts";
import type { ErrorClass } from "../classify-error.ts";

/** What a driver's code means: the longest code that the driver's begins with counts. */
const classes: Readonly<Record<string, ErrorClass>> = {
  SQLITE_BUSY: {
    code: "MI_STORAGE_BUSY",
    retryable: true,
    says: "is locked by another writer; repeat the call, or open it with a longer busyTimeoutMs",
  },
  SQLITE_LOCKED: {
    code: "MI_STORAGE_BUSY",
    retryable: true,
    says: "is locked by another statement of this process; repeat the call",
  },
  // Many processes opened or left the log at the same moment, again and again.
  SQLITE_PROTOCOL: {
    code: "MI_STORAGE_BUSY",
    retryable: true,
    says: "is opened by too many others at this moment; repeat the call",
  },
  SQLITE_FULL: {
    code: "MI_STORAGE_FULL",
    retryable: false,
    says: "has no room to grow; free disk space, then repeat the call",
  },
  SQLITE_READONLY: {
    code: "MI_STORAGE_PERMISSION",
    retryable: false,
    says: "may not be written; give this process the right to write the file and its folder",
  },
  SQLITE_PERM: {
    code: "MI_STORAGE_PERMISSION",
    retryable: false,
    says: "may not be used by this process; change the rights of the file and its folder",
  },
  SQLITE_AUTH: {
    code: "MI_STORAGE_PERMISSION",
    retryable: false,
    says: "refuses this process; change the rights of the file and its folder",
  },
  SQLITE_CANTOPEN: {
    code: "MI_STORAGE_OPEN",
    retryable: false,
    says: "can't be opened; it must be a file, or a new name in a folder that exists and may be written",
  },
  SQLITE_ERROR: {
    code: "MI_STORAGE_OPEN",
    retryable: false,
    says: "has other tables than this package makes; name another database, or undo what was changed in this one",
  },
  SQLITE_NOTADB: {
    code: "MI_STORAGE_OPEN",
    retryable: false,
    says: "is no SQLite database; name another file, nothing was changed in this one",
  },
  SQLITE_CORRUPT: {
    code: "MI_STORAGE_CORRUPT",
    retryable: false,
    says: "is damaged; run verify(), and restore a backup",
  },
  SQLITE_TOOBIG: {
    code: "MI_STORAGE_USAGE",
    retryable: false,
    says: "can't hold a value this large; a version takes up to about 1 GB",
  },
  SQLITE_CONSTRAINT_DATATYPE: {
    code: "MI_STORAGE_USAGE",
    retryable: false,
    says: "was given a value of the wrong type; pass records as the contract describes them",
  },
  SQLITE_INTERRUPT: {
    code: "MI_STORAGE_TIMEOUT",
    retryable: true,
    says: "was interrupted; repeat the call",
  },
};

/** The driver is there, but not what it is compiled to. */
const unbuilt: ErrorClass = {
  code: "MI_STORAGE_OPEN",
  retryable: false,
  says: "can't be opened: better-sqlite3 is not built for this Node.js; let its build script run (pnpm approve-builds), or run npm rebuild better-sqlite3",
};
const NO_BINARY = /^Could not locate the bindings file/;

/** SQLite has one code for all that is wrong with a statement. Ours are right while the tables are. */
const lacking: ErrorClass = {
  code: "MI_STORAGE_CORRUPT",
  retryable: false,
  says: "lacks a table or a column that this package makes; restore a backup, or undo what was changed",
};
const LACKS = /^no such (table|column): |^table .* has no column named /;

/** The error to throw for one that better-sqlite3 threw. */
export function sqliteError(error: unknown, place: string): unknown {
  return classifyError(error, place, classOf);
}

function classOf(driverCode: string | undefined, message: string): ErrorClass | undefined {
  if (driverCode === "SQLITE_ERROR" && LACKS.test(message)) return lacking;
  if (driverCode === "ERR_DLOPEN_FAILED" || NO_BINARY.test(message)) return unbuilt;
  for (
    let key = driverCode ?? "";
    key !== "";
    key = key.slice(0, Math.max(0, key.lastIndexOf("_")))
  ) {
    const found = classes[key];
    if (found !== undefined) return found;
  }
  return undefined;
}
