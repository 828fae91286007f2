import { type Client, connect as connectClient } from "@wardwire/client";
import { nodeSocket } from "@wardwire/client/node";
import { closeCodes, closeMeanings } from "@wardwire/wire/close-codes";
import type { Json } from "@wardwire/wire/frames";
import { CliError } from "../cli-error.ts";
import { clientFailure } from "../connection/client-failure.ts";
import { type ConnectLines, connectLines } from "../connection/connect-lines.ts";
import { readServerKey } from "../connection/server-key.ts";
import { isClientError, runSession } from "../connection/session.ts";
import { readToken } from "../connection/token-input.ts";
import { readAuthority } from "../connection/trusted-authority.ts";
import type { Outcome } from "../exit-codes.ts";
import type { JoinTarget } from "../option-values.ts";
import type { Output } from "../output.ts";
import { listenForStop } from "../process/stop-request.ts";

/** The options of `wardwire connect`, parsed. */
export interface ConnectOptions {
  readonly url: string;
  readonly ca?: string;
  /** Pins of the server's keys, the current one first; the connection is sealed when there is one. */
  readonly serverKey?: readonly string[];
  /** Refuses channels below this level. */
  readonly require?: "sealed";
  readonly join: readonly JoinTarget[];
  readonly publish?: Json;
  readonly own?: boolean;
  readonly count?: number;
  /** Milliseconds; when left out, 10 s, and only for connecting and joining if there is nothing else to wait for. */
  readonly timeout?: number;
  readonly tokenFile?: string;
}

const defaultTimeoutMs = 10_000;

/**
 * Connects without a contract, joins, publishes, and prints what comes.
 *
 * @throws CliError `usage`, `configuration`, `unreachable`, `refused`, `timeout`.
 */
export async function connect(options: ConnectOptions, output: Output): Promise<Outcome> {
  if (options.publish !== undefined && options.join.length === 0) {
    throw new CliError("usage", "--publish: expected a --join before it, to publish to");
  }
  const serverKey = readServerKey(options.serverKey ?? [], options.require);
  const token = await readToken(options.tokenFile, process.env);
  const ca = options.ca === undefined ? {} : { ca: readAuthority(options.ca) };
  const lines = connectLines(output);
  using stop = listenForStop();
  using deadline = startDeadline(options.timeout ?? defaultTimeoutMs);
  try {
    const client = await connectClient(options.url, {
      token,
      socket: nodeSocket(ca),
      ...(serverKey !== undefined && { serverKey }),
      ...(options.require !== undefined && { require: options.require }),
      reconnect: false,
      limits: { connectTimeoutMs: options.timeout ?? defaultTimeoutMs },
      signal: AbortSignal.any([stop.signal, deadline.signal]),
    });
    try {
      const interrupted = stop.outcome.then((): Outcome => "interrupted");
      return await Promise.race([interrupted, deadline.passed, talk(client, options, lines, deadline)]);
    } finally {
      await client.close();
    }
  } catch (error) {
    if (stop.signal.aborted) return "interrupted";
    if (deadline.signal.aborted) throw deadline.signal.reason;
    if (!isClientError(error)) throw error;
    lines.error(error);
    if (error.closeCode !== undefined && error.code !== "unreachable") lines.closed(error.closeCode, error.message);
    throw clientFailure(error);
  }
}

/** Everything between `connected` and the end. */
async function talk(
  client: Client,
  options: ConnectOptions,
  lines: ConnectLines,
  deadline: Deadline,
): Promise<Outcome> {
  const { join, publish, count, timeout } = options;
  if (client.state.phase === "connected") lines.connected(client.state, client.security);
  const plan = { join, own: options.own ?? false, ...(publish !== undefined && { publish }), ...(count && { count }) };
  const endless = publish === undefined && count === undefined && timeout === undefined;
  await runSession(client, plan, lines, endless ? deadline.lift : () => undefined);
  lines.closed(closeCodes.normal.code, closeMeanings.normal);
  return "ok";
}

/** A time by which the command must have ended. */
interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Rejects with the signal's reason when the time is over. */
  readonly passed: Promise<never>;
  /** Takes the deadline away. */
  readonly lift: () => void;
}

function startDeadline(afterMs: number): Deadline {
  const controller = new AbortController();
  const { promise: passed, reject } = Promise.withResolvers<never>();
  passed.catch(() => undefined);
  const timer = setTimeout(() => {
    const reason = new CliError("timeout", `not done after ${afterMs} ms; give more time with --timeout`);
    controller.abort(reason);
    reject(reason);
  }, afterMs);
  const lift = (): void => clearTimeout(timer);
  return { signal: controller.signal, passed, lift, [Symbol.dispose]: lift };
}
