import * as v from "valibot";
import { fail, succeed, type Result } from "./error.ts";

/** Checks what came from outside against a schema; the first fault becomes the problem. */
export function check<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
  whole = "The body",
): Result<v.InferOutput<Schema>> {
  const outcome = v.safeParse(schema, input, {
    abortEarly: true,
    abortPipeEarly: true,
  });
  if (outcome.success) return succeed(outcome.output);
  const [issue] = outcome.issues;
  const field = v.getDotPath(issue) ?? undefined;
  const says =
    issue.kind === "schema" && issue.received === "undefined" ? "is missing" : issue.message;
  const code = issue.type === "max_bytes" ? "too_large" : "invalid_request";
  return fail(code, `${field ?? whole} ${says}.`, field === undefined ? {} : { field });
}
