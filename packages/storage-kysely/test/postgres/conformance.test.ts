import { register } from "@mi/conformance";
import { describe, test } from "@jest/globals";
import { postgresTarget } from "../postgres-target.ts";

register(postgresTarget, { describe, test });
