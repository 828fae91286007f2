import type { z } from "zod";
import { CliError } from "../cli-error.ts";

/** One thing that is wrong with a configuration. */
export interface Problem {
  /** The key it is about, such as `tls.certFile` or `allowedOrigins[0]`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** `path: message`, or the message alone. */
export function describeProblem(problem: Problem): string {
  return problem.path === "" ? problem.message : `${problem.path}: ${problem.message}`;
}

/** What a schema found wrong; each unknown key is a problem of its own. */
export function problemsOf(error: z.ZodError): readonly Problem[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") return [{ path: formatPath(issue.path), message: messageOf(issue) }];
    const message = "unknown key; run `wardwire config schema` for those there are";
    return issue.keys.map((key) => ({ path: formatPath([...issue.path, key]), message }));
  });
}

/** The error that ends a command because of a configuration's problems. */
export function configurationError(file: string, problems: readonly Problem[]): CliError {
  const [first, ...others] = problems.map(describeProblem);
  const more = others.length === 0 ? "" : ` (and ${others.length} more: wardwire config check --config ${file})`;
  return new CliError("configuration", `${file}: ${first}${more}`);
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value") return `expected one of ${issue.values.join(", ")}`;
  return issue.message;
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}
