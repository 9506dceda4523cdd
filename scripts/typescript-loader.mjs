/**
 * Lets plain Node run the sources, as jest and vitest do by themselves, in worker threads too.
 * Used as `node --conditions=@mi/source --import ./scripts/typescript-loader.mjs`.
 */
import { register } from "node:module";

register("./typescript-hooks.mjs", import.meta.url);
