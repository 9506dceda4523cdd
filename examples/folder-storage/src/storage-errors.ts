import { MiError, StorageError } from "@mi/ecs";
import type { StorageErrorCode } from "@mi/ecs";
import { codeOf } from "./commit-folder.ts";

const codes: ReadonlyMap<string, { readonly code: StorageErrorCode; readonly retryable: boolean }> =
  new Map([
    ["ENOSPC", { code: "MI_STORAGE_FULL", retryable: false }],
    ["EDQUOT", { code: "MI_STORAGE_FULL", retryable: false }],
    ["EACCES", { code: "MI_STORAGE_PERMISSION", retryable: false }],
    ["EPERM", { code: "MI_STORAGE_PERMISSION", retryable: false }],
    ["EROFS", { code: "MI_STORAGE_PERMISSION", retryable: false }],
    ["EMFILE", { code: "MI_STORAGE_BUSY", retryable: true }],
    ["ENFILE", { code: "MI_STORAGE_BUSY", retryable: true }],
    ["ENOTDIR", { code: "MI_STORAGE_OPEN", retryable: false }],
    ["ENOENT", { code: "MI_STORAGE_OPEN", retryable: false }],
  ]);

/** Any error as callers of a storage know it: by its code, with the first one as its cause. */
export function storageError(error: unknown, folder: string): MiError {
  if (MiError.is(error)) return error;
  const systemCode = codeOf(error);
  const known = systemCode === undefined ? undefined : codes.get(systemCode);
  const { code, retryable } = known ?? { code: "MI_STORAGE_UNEXPECTED", retryable: false };
  const why = `${systemCode ?? String(error)} in ${folder}`;
  return new StorageError(code, `The folder storage failed: ${why}`, { cause: error, retryable });
}
