import type { Connection } from "../connection/connection.ts";
import { inSlices } from "../connection/in-slices.ts";
import type { Session } from "../connection/session.ts";
import type { Core } from "../core.ts";
import { expel } from "../dispatch/on-leave.ts";
import { permit } from "../dispatch/permit.ts";
import { RequestError } from "../dispatch/request-error.ts";

/** Which connections are looked at again; all of them when empty. */
export interface ReauthorizeFilter {
  readonly user?: string;
}

/**
 * Asks again, for every connection of this process that the filter names, whether each joined channel may be joined.
 *
 * @returns how many memberships have ended.
 */
export async function reauthorize(core: Core, { user }: ReauthorizeFilter): Promise<{ readonly expelled: number }> {
  const connections = user === undefined ? core.connections.all : core.connections.ofUser(user);
  let expelled = 0;
  await inSlices(connections, core.clock, (connection) => {
    const { session } = connection;
    if (session === undefined) return undefined;
    // A join that was allowed before this, and takes effect after it, asks again.
    session.reviews += 1;
    return review(core, connection, session).then(
      (count) => {
        expelled += count;
      },
      (error: unknown) => connection.failed("reauthorize", error),
    );
  });
  return { expelled };
}

/**
 * Asks again whether each joined channel may be joined, and ends the memberships that are no longer allowed.
 *
 * @returns how many have ended.
 */
export async function review(core: Core, connection: Connection, session: Session): Promise<number> {
  let expelled = 0;
  for (const membership of [...session.joined.values()]) {
    const { address, number } = membership.channel;
    try {
      await permit(core, connection, session, { operation: "join", channel: address });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      // It may have been left meanwhile, and joined again.
      if (session.joined.get(number) !== membership) continue;
      expel(core, connection, session, membership);
      expelled += 1;
    }
    if (connection.isClosed) return expelled;
  }
  return expelled;
}
