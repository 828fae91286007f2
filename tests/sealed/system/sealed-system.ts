import type { Contract } from "@wardwire/contract";
import { type Gateway, jwt, type RunningGateway } from "@wardwire/gateway";
import { systemClock } from "@wardwire/gateway/clock";
import type { GatewayEvent } from "@wardwire/gateway/events";
import type { GatewayLimits } from "@wardwire/gateway/options";
import { type Certified, TestAuthority } from "../../../packages/gateway/test/host/certificates.ts";
import { type TestServerKeys, testServerKeys } from "../../../packages/gateway/test/support/test-server-keys.ts";
import { type TokenChanges, TokenIssuer } from "../../end-to-end/fixtures/token-issuer.ts";
import { ManInTheMiddle } from "../proxy/man-in-the-middle.ts";

/** What every gateway of these tests is made with; the application is the test's. */
export interface SharedOptions {
  readonly allowedOrigins: readonly string[];
  readonly authenticate: ReturnType<typeof jwt>;
  /** Left out where nothing is sealed. */
  readonly serverKeys?: TestServerKeys;
  readonly limits: Partial<GatewayLimits>;
  readonly observe: (event: GatewayEvent) => void;
}

/** How the system is put together. */
export interface SealedSystemOptions {
  /** Bounds of the gateway; as in production when left out. */
  readonly limits?: Partial<GatewayLimits>;
  /** `transport`: no server keys, for negative controls. */
  readonly protection?: "sealed" | "transport";
  /** Somebody else's, who ends TLS in front of the proxy; the proxy is a plain hop then, and so is what lies behind it. */
  readonly publicOrigin?: string;
}

interface Parts<C extends Contract> {
  readonly gateway: Gateway<C>;
  readonly running: RunningGateway;
  readonly proxy: ManInTheMiddle;
  readonly keys: TestServerKeys;
  readonly ca: string;
  readonly certificate: Certified;
  readonly tokens: TokenIssuer;
  readonly events: readonly GatewayEvent[];
}

/**
 * A gateway in this process with server keys of a test, behind a proxy that sees and can change everything but what is
 * sealed. Clients trust the authority of the proxy's certificate as they trust the operator's own. `await using` stops both.
 */
export class SealedSystem<C extends Contract> implements AsyncDisposable {
  readonly gateway: Gateway<C>;
  readonly proxy: ManInTheMiddle;
  readonly keys: TestServerKeys;
  /** Of gateway and proxy, for 127.0.0.1 and localhost. */
  readonly certificate: Certified;
  /** What clients trust, PEM. */
  readonly ca: string;
  /** All that the gateway has reported. */
  readonly events: readonly GatewayEvent[];
  readonly #tokens: TokenIssuer;
  readonly #running: RunningGateway;

  private constructor({ gateway, running, proxy, keys, ca, certificate, tokens, events }: Parts<C>) {
    this.gateway = gateway;
    this.proxy = proxy;
    this.keys = keys;
    this.ca = ca;
    this.certificate = certificate;
    this.events = events;
    this.#tokens = tokens;
    this.#running = running;
  }

  /** @param create makes the gateway of a test */
  static async start<C extends Contract>(
    create: (shared: SharedOptions) => Gateway<C>,
    { limits = {}, protection = "sealed", publicOrigin }: SealedSystemOptions = {},
  ): Promise<SealedSystem<C>> {
    const authority = await TestAuthority.create();
    const certificate = await authority.issue({ dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"] });
    const isPlainHop = publicOrigin !== undefined;
    const proxy = await ManInTheMiddle.start(isPlainHop ? undefined : certificate);
    const tokens = await TokenIssuer.create();
    const keys = await testServerKeys(systemClock);
    await keys.publish({ origins: [publicOrigin ?? proxy.origin] });
    const events: GatewayEvent[] = [];
    const gateway = create({
      allowedOrigins: ["https://chat.example"],
      authenticate: jwt({
        issuer: tokens.issuer,
        audience: tokens.audience,
        algorithms: ["EdDSA"],
        keys: [tokens.publicJwk],
      }),
      ...(protection === "sealed" && { serverKeys: keys }),
      limits,
      observe: (event) => void events.push(event),
    });
    const where = { port: 0, host: "localhost" };
    const running = await (isPlainHop
      ? gateway.dangerouslyListenWithoutTls(where)
      : gateway.listen({ ...where, tls: certificate }));
    const port = running.addresses[0]?.port ?? 0;
    proxy.leadTo(isPlainHop ? { port } : { port, ca: authority.cert });
    return new SealedSystem({ gateway, running, proxy, keys, ca: authority.cert, certificate, tokens, events });
  }

  /** Where clients connect to: the proxy's. */
  get port(): number {
    return this.proxy.port;
  }

  /** What clients pin. */
  get serverKey(): string {
    const [pin] = this.keys.pins;
    if (pin === undefined) throw new Error("expected a pin");
    return pin;
  }

  /** A good token, but for the changes. */
  token(user: string, changes?: TokenChanges): Promise<string> {
    return this.#tokens.token(user, changes);
  }

  /** What failed inside the gateway: nothing a client or a proxy does may make it. */
  get failures(): readonly GatewayEvent[] {
    return this.events.filter(({ event }) => event === "failure" || event === "crash");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    await this.#running.close();
  }
}
