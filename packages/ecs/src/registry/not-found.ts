import { MiError, type EcsErrorCode } from "../mi-error.ts";

/** @throws MiError of code MI_ENTITY_NOT_FOUND */
export function notFound(what: string): never {
  const code: EcsErrorCode = "MI_ENTITY_NOT_FOUND";
  throw new MiError(
    code,
    `${what} is not stored; check the id, and that the registry is over the storage that has it`,
  );
}
