import { afterAll, describe, test } from "vitest";
import { registerMemory } from "./register-memory.ts";

registerMemory({ describe, test, afterAll });
