import type { HostHandlers, UpgradeAnswer } from "../host/socket-host.ts";
import { plainAnswer } from "./plain-answer.ts";

const status = 403;
const body = "TLS is required here";
const refused: UpgradeAnswer = { accepted: false, status, headers: {}, body };

/**
 * What a listener without TLS answers (R1): the peers that may come without, all others are refused, whether they ask
 * for a socket or for a page.
 */
export function requireTls(handlers: HostHandlers, mayComeWithout: (peer: string) => boolean): HostHandlers {
  const { upgrade, fetch } = handlers;
  return {
    ...handlers,
    upgrade: (request) => (mayComeWithout(request.remoteAddress) ? upgrade(request) : refused),
    ...(fetch && {
      fetch: (request: Request, peer: string) =>
        mayComeWithout(peer) ? fetch(request, peer) : plainAnswer(status, body),
    }),
  };
}
