import { type CommandDefinition, parse } from "@wardwire/contract";
import type { CallFrame, Json } from "@wardwire/wire/frames";
import type { Connection } from "../connection/connection.ts";
import type { Session } from "../connection/session.ts";
import type { Core } from "../core.ts";
import { asJson } from "./as-json.ts";
import { permit } from "./permit.ts";
import { RequestError } from "./request-error.ts";
import { withinBudget } from "./within-budget.ts";

/** Starts a command once it is permitted. Later frames do not wait for its handler. */
export async function onCall(core: Core, connection: Connection, session: Session, frame: CallFrame): Promise<void> {
  withinBudget(connection.budgets.call(), `${core.limits.callsPerSecond} calls a second`);
  const command = core.contract.command(frame.command);
  if (command === undefined) throw new RequestError("unknown-command", "the contract has no command of this name");
  const parsed = parse(command.input, frame.input);
  if (!parsed.ok) throw new RequestError("invalid-data", parsed.message, { path: parsed.path });
  if (session.calls >= core.limits.maxConcurrentCalls) {
    const text = `at most ${core.limits.maxConcurrentCalls} commands at a time; wait for a result`;
    throw new RequestError("rate-limited", text, { retryAfterMs: 1_000 });
  }
  const input = parsed.value as Json;
  await permit(core, connection, session, { operation: "call", command: { name: frame.command, input } });
  if (connection.isClosed) return;
  session.calls += 1;
  carryOut(core, connection, session, frame, command, input)
    .catch((error: unknown) => connection.failed(`command ${frame.command}`, error))
    .finally(() => {
      session.calls -= 1;
    });
}

async function carryOut(
  core: Core,
  connection: Connection,
  session: Session,
  frame: CallFrame,
  command: CommandDefinition,
  input: Json,
): Promise<void> {
  try {
    const output = parse(command.output, await run(core, connection, session, frame.command, input));
    if (!output.ok) throw new Error(`${frame.command} gave an output its contract refuses: ${output.message}`);
    connection.reply({ type: "result", id: frame.id, output: asJson(output.value) });
  } catch (error) {
    if (connection.isClosed) return;
    if (error instanceof RequestError) {
      connection.refuse(frame.id, error);
      return;
    }
    core.observe({ event: "failure", where: `command ${frame.command}`, connection: connection.id, error });
    connection.refuse(frame.id, new RequestError("internal", "the command failed"));
  }
}

async function run(core: Core, connection: Connection, session: Session, name: string, input: Json): Promise<unknown> {
  const handler = core.commands[name];
  if (handler === undefined) throw new RequestError("unknown-command", "no handler for this command");
  // Not AbortSignal.any: a signal of its that has listeners is kept for as long as the connection lives.
  const ending = new AbortController();
  const { signal } = ending;
  const { promise: overdue, reject } = Promise.withResolvers<never>();
  const timer = core.clock.after(core.limits.handlerTimeoutMs, () => {
    const error = new RequestError("unavailable", `the command took longer than ${core.limits.handlerTimeoutMs} ms`);
    reject(error);
    ending.abort(error);
  });
  const closed = (): void => ending.abort(connection.signal.reason);
  connection.signal.addEventListener("abort", closed, { once: true });
  try {
    return await Promise.race([handler({ input, identity: session.identity, signal }), overdue]);
  } finally {
    timer.cancel();
    connection.signal.removeEventListener("abort", closed);
  }
}
