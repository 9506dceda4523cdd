export { memoryTarget as default } from "../memory-target.ts";
