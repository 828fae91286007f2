import { demo } from "@wardwire/contracts/demo";
import { type AuditOptions, allow, createGateway, type Gateway, jwt } from "@wardwire/gateway";
import type { Observe } from "@wardwire/gateway/events";
import type { ServerKeys } from "@wardwire/gateway/server-keys";
import { hostsOf } from "../https-origin.ts";
import { developmentIssuer, type TokenKey } from "./token-key.ts";

/** What the development gateway is made from. */
export interface DemoGatewayOptions {
  readonly allowedOrigins: readonly string[];
  readonly tokenKey: TokenKey;
  /** None is kept when left out. */
  readonly audit?: AuditOptions;
  /** Seals connections; none is sealed when left out. */
  readonly serverKeys?: ServerKeys;
  readonly observe: Observe;
}

/** A gateway for the demo contract: whoever has a token of this data folder may do what its grants allow. */
export function createDemoGateway(options: DemoGatewayOptions): Gateway<typeof demo> {
  const gateway: Gateway<typeof demo> = createGateway({
    contract: demo,
    allowedOrigins: options.allowedOrigins,
    allowedHosts: hostsOf(options.allowedOrigins),
    authenticate: jwt({
      issuer: developmentIssuer,
      audience: "wardwire-dev",
      algorithms: ["EdDSA"],
      keys: [options.tokenKey.publicJwk],
    }),
    authorize: () => allow(),
    commands: {
      renameRoom: async ({ input: { roomId, title } }) => {
        const [lobby, room] = await Promise.all([
          gateway.presence("lobby", { roomId }),
          gateway.presence("room", { roomId }),
        ]);
        const users = new Set([...lobby, ...room].map(({ user }) => user));
        await Promise.all([...users].map((user) => gateway.notify(user, { roomId, title })));
        return { title };
      },
    },
    ...(options.audit === undefined ? {} : { audit: options.audit }),
    ...(options.serverKeys === undefined ? {} : { serverKeys: options.serverKeys }),
    observe: options.observe,
  });
  return gateway;
}
