import { register } from "@mi/conformance";
import { describe, test } from "@jest/globals";
import { memoryTarget } from "./memory-target.ts";

register(memoryTarget, { describe, test });
