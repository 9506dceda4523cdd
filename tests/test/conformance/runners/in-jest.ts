import { afterAll, describe, test } from "@jest/globals";
import { registerTarget } from "./register-target.ts";

registerTarget({ describe, test, afterAll });
