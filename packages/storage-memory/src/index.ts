export { MemoryMedium } from "./memory-medium.ts";
export { MemoryStorage } from "./memory-storage.ts";
export type { MemoryStorageOptions } from "./memory-storage.ts";
