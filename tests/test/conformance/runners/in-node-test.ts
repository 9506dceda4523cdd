import { after, describe, test } from "node:test";
import { registerMemory } from "./register-memory.ts";

registerMemory({ describe, test, afterAll: after });
