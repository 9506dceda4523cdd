import { describe, test } from "@jest/globals";
import { register } from "@mi/conformance";
import { folderTarget } from "./folder-target.ts";

register(folderTarget, { describe, test });
