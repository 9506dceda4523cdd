export { FolderStorage } from "./folder-storage.ts";
export type { CommitStep, FolderStorageOptions } from "./folder-storage.ts";
