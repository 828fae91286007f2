import { allow, createGateway } from "@wardwire/gateway";
import { chat } from "../chat.contract.ts";
import { byToken } from "./tokens.ts";

/** Listens without TLS for a proxy on this machine, which terminates TLS for `https://chat.example`. */
export function listenBehindProxy(port: number) {
  const gateway = createGateway({
    contract: chat,
    allowedOrigins: ["https://chat.example"],
    allowedHosts: ["chat.example"],
    trustedProxies: ["127.0.0.1/32", "::1/128"],
    authenticate: byToken,
    authorize: () => allow(),
    commands: { renameRoom: ({ input }) => ({ title: input.title }) },
  });
  return gateway.dangerouslyListenWithoutTls({ port, host: "localhost" });
}
