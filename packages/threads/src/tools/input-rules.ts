import { Ajv, type Options } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { z } from "zod";
import type { JsonObject } from "@mi/clients";
import { plainJson } from "../request/plain-json.ts";

export type CheckedInput =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string };

/** What a tool takes. */
export interface InputRules {
  /** JSON Schema, as the model is told. */
  readonly schema: JsonObject;
  /** `problem` says what is wrong in words for the model. */
  check(input: JsonObject): Promise<CheckedInput>;
}

/** @throws an error of zod or Ajv when the schema can't be used */
export function inputRules(schema: z.core.$ZodType | JsonObject): InputRules {
  return isZod(schema) ? zodRules(schema) : jsonSchemaRules(schema);
}

function isZod(schema: z.core.$ZodType | JsonObject): schema is z.core.$ZodType {
  return "_zod" in schema;
}

function zodRules(schema: z.core.$ZodType): InputRules {
  return {
    schema: withoutDialect(z.toJSONSchema(schema, { io: "input" })),
    async check(input) {
      const result = await z.safeParseAsync(schema, input);
      if (result.success) return { ok: true, value: result.data };
      const problems = result.error.issues.map(
        (issue) => `${["arguments", ...issue.path].join(".")}: ${issue.message}`,
      );
      return { ok: false, problem: problems.join("; ") };
    },
  };
}

/** The dialect is the same for all, and models read what they are sent. */
function withoutDialect(made: object): JsonObject {
  const schema: JsonObject = JSON.parse(JSON.stringify(made));
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== "$schema"));
}

function jsonSchemaRules(given: JsonObject): InputRules {
  const schema = plainJson(given);
  const ajv = validatorOf(schema);
  const validate = ajv.compile(schema);
  // The validator keeps every schema otherwise, long after its tool is gone.
  ajv.removeSchema(schema);
  return {
    schema,
    check(input) {
      if (validate(input)) return Promise.resolve({ ok: true, value: input });
      const problem = ajv.errorsText(validate.errors, { dataVar: "arguments" });
      return Promise.resolve({ ok: false, problem });
    },
  };
}

const options: Options = {
  // Unknown keywords and formats are advice for the model.
  strict: false,
  validateFormats: false,
  allErrors: true,
  // Two tools may bring schemas of one $id.
  addUsedSchema: false,
};

// Made at first use, and once: that takes longer than everything else that happens to a tool.
let present: Ajv2020 | undefined;
let old: Ajv | undefined;

function validatorOf(schema: JsonObject): Ajv | Ajv2020 {
  const dialect = schema["$schema"];
  const isOld = typeof dialect === "string" && /draft-0[67]/.test(dialect);
  return isOld ? (old ??= new Ajv(options)) : (present ??= new Ajv2020(options));
}
