import type { Membership, Session } from "../connection/session.ts";
import { RequestError } from "./request-error.ts";

/**
 * This connection's membership in the channel of a number.
 *
 * @throws RequestError `not-joined`.
 */
export function joined(session: Session, number: number): Membership {
  const membership = session.joined.get(number);
  if (membership === undefined) throw new RequestError("not-joined", `channel ${number} is not joined; join it first`);
  return membership;
}
