import { pathToFileURL } from "node:url";
import type { Contract } from "@wardwire/contract";
import type { GatewayOptions } from "@wardwire/gateway";
import { z } from "zod";
import { CliError } from "../cli-error.ts";
import { kindOf } from "../configuration/schema.ts";

/** What the module named by `application` exports: the part of a gateway that is code. */
export interface Application {
  /** Made by `defineContract`. */
  readonly contract: Contract;
  readonly authorize: GatewayOptions<Contract>["authorize"];
  /** A handler for each command of the contract. */
  readonly commands: GatewayOptions<Contract>["commands"];
  /** Lets pages with a session cookie connect by a ticket; none are issued without. */
  readonly tickets?: NonNullable<GatewayOptions<Contract>["tickets"]>;
}

/**
 * Loads the application's module, JavaScript or TypeScript that Node can run.
 *
 * @param path absolute.
 * @throws CliError `configuration` when it cannot be loaded or does not export what it should.
 */
export async function loadApplication(path: string): Promise<Application> {
  let exported: unknown;
  try {
    exported = await import(pathToFileURL(path).href);
  } catch (error) {
    const why = error instanceof Error ? firstLine(error.message) : "it threw";
    throw new CliError("configuration", `application: cannot load ${path}: ${why}`, { cause: error });
  }
  const checked = applicationModule.safeParse(exported);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw new CliError("configuration", `application: ${path}: ${issue?.path.join(".")}: ${issue?.message}`);
}

/** Without the part about who imported it, which is this program. */
function firstLine(message: string): string {
  return (message.split("\n")[0] ?? "").replace(/ imported from .*/, "");
}

type TicketSession = NonNullable<GatewayOptions<Contract>["tickets"]>["session"];

const isFunction = (value: unknown): boolean => typeof value === "function";

const applicationModule: z.ZodType<Application> = z.object({
  contract: z.custom<Contract>((value) => typeof value === "object" && value !== null && "definition" in value, {
    error: ({ input }) => `expected an exported contract, made by defineContract, got ${kindOf(input)}`,
  }),
  authorize: z.custom<Application["authorize"]>(isFunction, {
    error: ({ input }) => `expected an exported function, got ${kindOf(input)}`,
  }),
  commands: z.record(z.string(), z.custom<never>(isFunction, "expected a function")).default({}),
  // A path, where it is one, is the gateway's to judge.
  tickets: z
    .looseObject({ session: z.custom<TicketSession>(isFunction, "expected a function from a request to an identity") })
    .exactOptional(),
});
