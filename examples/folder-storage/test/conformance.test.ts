import { describe, test } from "@jest/globals";
import { register } from "@mi/conformance";
import { target } from "./folder-target.ts";

register(target, { describe, test });
