import { register } from "@mi/conformance";
import { describe, test } from "@jest/globals";
import { fileTarget, memoryTarget } from "./sqlite-target.ts";

register(fileTarget, { describe, test });
register(memoryTarget, { describe, test });
