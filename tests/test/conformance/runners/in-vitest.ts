import { afterAll, describe, test } from "vitest";
import { registerTarget } from "./register-target.ts";

registerTarget({ describe, test, afterAll });
