import { afterAll, describe, test } from "@jest/globals";
import { registerMemory } from "./register-memory.ts";

registerMemory({ describe, test, afterAll });
