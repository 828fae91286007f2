import { sealedSubprotocol, subprotocols } from "@wardwire/wire/frames";
import type { Credential, NotAuthenticated } from "../auth/identity.ts";
import { type Admission, Connection } from "../connection/connection.ts";
import { type Verified, type VerifyResult, verifyCredential } from "../connection/verify-credential.ts";
import type { Core } from "../core.ts";
import type { UpgradeAnswer, UpgradeRefused, UpgradeRequest } from "../host/socket-host.ts";
import { addressKey } from "../limits/address-key.ts";
import type { Release } from "../limits/connection-counts.ts";
import type { RefusalCause } from "../observe/events.ts";
import { usesRevoked } from "../revocation/uses-revoked.ts";
import { openSealed } from "../sealed/open-sealed.ts";
import { hostAllowed, misdirected } from "./allowed-hosts.ts";
import { originAllowed } from "./origin.ts";
import { type Negotiated, negotiate } from "./subprotocol.ts";

/**
 * Answers an opening handshake, cheapest and strictest first: address, host and rate (R15, R22, R29), origin, path, a
 * credential where there is no origin and the connection is not sealed, subprotocol, room for one more socket, and the credential itself where the
 * handshake carries one (WP-OPEN-1…6).
 */
export function answerUpgrade(core: Core, request: UpgradeRequest): UpgradeAnswer | Promise<UpgradeAnswer> {
  const origin = header(request, "origin");
  // Some proxies append to the client's header, others add one of their own behind it: together they are one list.
  const forwardedFor = request.headers.get("x-forwarded-for")?.join(", ");
  const address = core.clientAddress(request.remoteAddress, forwardedFor);
  const turnAway = (refusal: Refusal): UpgradeRefused => {
    const { cause, ...answer } = refusal;
    const { status, body: reason } = answer;
    const shown = origin === undefined ? {} : { origin: origin.slice(0, maxOriginShown) };
    core.observe({ event: "upgrade-refused", status, cause, reason, address, ...shown });
    return { accepted: false, headers: {}, ...answer };
  };

  const barred = whoIsBarred(core, address, header(request, "host"));
  if (barred !== undefined) return turnAway(barred);
  if (origin !== undefined && !originAllowed(core.allowedOrigins, origin)) {
    return turnAway({ cause: "origin", status: 403, body: "this origin is not allowed here" });
  }
  const [path, query] = request.target.split("?", 2);
  if (path !== core.path) return turnAway({ cause: "path", status: 404, body: "no WebSocket endpoint at this path" });
  if (query !== undefined) {
    const body = "expected no query: a token goes into Authorization or the first frame";
    return turnAway({ cause: "query", status: 400, body });
  }
  const settled = settle(core, request);
  if ("status" in settled) return turnAway(settled);
  const { negotiated, credential } = settled;
  const places = takePlaces(core, address);
  if ("status" in places) return turnAway(places);
  request.signal.addEventListener("abort", places.release, { once: true });
  if (credential === undefined) return accept(core, { address, origin }, negotiated, places);
  return authenticate(core, request, credential, address).then((result) => {
    // The lists may have changed since the handshake came.
    const admitted = core.addressGate.admits(address);
    if (result.ok && admitted) return accept(core, { address, origin }, negotiated, places, result);
    places.release();
    if (!result.ok) return turnAway(credentialRefusal[result.code]);
    return turnAway(addressRefused);
  });
}

/** What is refused before anything else is looked at. */
function whoIsBarred(core: Core, address: string, host: string | undefined): Refusal | undefined {
  if (!core.addressGate.admits(address)) return addressRefused;
  if (!hostAllowed(core.allowedHosts, host)) return { cause: "host", ...misdirected };
  const waitMs = core.budgets.handshake(address) || core.budgets.authentication(address);
  if (waitMs === 0) return undefined;
  const headers = { "Retry-After": String(Math.ceil(waitMs / 1_000)) };
  return { cause: "rate", status: 429, body: "too many attempts from this address; try again later", headers };
}

/** What a handshake says of frames, and the credential it carries. */
interface Settled {
  readonly negotiated: Negotiated;
  readonly credential: Credential | "malformed" | undefined;
}

function settle(core: Core, request: UpgradeRequest): Settled | Refusal {
  const authorization = header(request, "authorization");
  const der = request.tls?.clientCertificate;
  const isAnonymous = header(request, "origin") === undefined && authorization === undefined && der === undefined;
  const negotiated = negotiate(request.headers.get("sec-websocket-protocol") ?? [], core.sealing !== undefined);
  if (isAnonymous && negotiated?.sealed !== true) {
    const body = "expected an Origin, or Authorization from a client that is no browser";
    return { cause: "no-credential", status: 403, body };
  }
  if (negotiated === undefined) {
    const sealed = core.sealing === undefined ? [] : [sealedSubprotocol];
    const spoken = [...Object.values(subprotocols), ...sealed].join(", ");
    return { cause: "subprotocol", status: 400, body: `expected a subprotocol this gateway speaks: ${spoken}` };
  }
  // Only AUTH authenticates a sealed connection, no certificate and no token: one sent here was seen on the way (AU-1).
  if (negotiated.sealed && authorization !== undefined) {
    const body = "expected no Authorization: on a sealed connection the token goes into AUTH";
    return { cause: "credential-outside", status: 400, body };
  }
  if (negotiated.sealed) return { negotiated, credential: undefined };
  const credential = authorization === undefined ? der && certificateOf(der) : bearerOf(authorization);
  return { negotiated, credential };
}

const addressRefused: Refusal = { cause: "address", status: 403, body: "this address is not allowed here" };

/** Characters of a stranger's origin that a log line has room for. */
const maxOriginShown = 256;

interface Refusal {
  readonly cause: RefusalCause;
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The first value; the host refuses handshakes in which these headers are repeated. */
function header(request: UpgradeRequest, name: string): string | undefined {
  return request.headers.get(name)?.[0];
}

/** A socket counts among all open ones of its address and, until it has authenticated, among those that have not. */
interface Places {
  readonly authenticated: Release;
  readonly release: Release;
}

function takePlaces(core: Core, address: string): Places | Refusal {
  const key = addressKey(address);
  const open = core.openPerIp.acquire(key);
  if (open === undefined) return noRoom(core.openPerIp.full);
  const unauthenticated = core.unauthenticatedPerIp.acquire(key);
  if (unauthenticated === undefined) {
    open();
    return noRoom(core.unauthenticatedPerIp.full);
  }
  return {
    authenticated: unauthenticated,
    release: () => {
      unauthenticated();
      open();
    },
  };
}

function noRoom(full: boolean): Refusal {
  const headers = { "Retry-After": "5" };
  return full
    ? { cause: "no-room", status: 503, body: "too many connections; try again later", headers }
    : { cause: "no-room", status: 429, body: "too many connections from this address; try again later", headers };
}

const credentialRefusal = {
  "token-expired": {
    cause: "credential",
    status: 401,
    body: "the token has expired; get a fresh one",
    headers: { "WWW-Authenticate": 'Bearer error="invalid_token", error_description="The token expired"' },
  },
  "token-invalid": {
    cause: "credential",
    status: 401,
    body: "the token is not valid here",
    headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' },
  },
  unavailable: {
    cause: "credential",
    status: 503,
    body: "the token cannot be checked just now; try again",
    headers: { "Retry-After": "5" },
  },
} as const satisfies Record<NotAuthenticated["code"], Refusal>;

const certificateOf = (der: Uint8Array): Credential => ({ kind: "certificate", der });

function bearerOf(authorization: string): Credential | "malformed" {
  const token = /^bearer +(\S+)$/i.exec(authorization)?.[1];
  return token === undefined ? "malformed" : { kind: "token", token };
}

async function authenticate(
  core: Core,
  request: UpgradeRequest,
  credential: Credential | "malformed",
  remoteAddress: string,
): Promise<VerifyResult> {
  if (credential !== "malformed") {
    const result = await verifyCredential(core, credential, { signal: request.signal, remoteAddress });
    const isRevoked = result.ok && usesRevoked(core, result.identity, remoteAddress);
    return isRevoked ? { ok: false, code: "token-invalid", detail: "revoked" } : result;
  }
  core.budgets.authenticationFailed(remoteAddress);
  const detail = "expected Authorization: Bearer and a token";
  core.observe({ event: "authentication-failed", code: "token-invalid", detail, address: remoteAddress });
  return { ok: false, code: "token-invalid", detail };
}

function accept(
  core: Core,
  { address, origin }: { readonly address: string; readonly origin: string | undefined },
  { encoding, subprotocol, sealed }: Negotiated,
  places: Places,
  verified?: Verified,
): UpgradeAnswer {
  const admission: Admission = {
    address,
    encoding,
    ...(origin === undefined ? {} : { origin }),
    ...(verified === undefined ? {} : { verified }),
    authenticated: places.authenticated,
    ended: places.release,
  };
  const { sealing } = core;
  const isSealed = sealed && sealing !== undefined;
  return {
    accepted: true,
    ...(subprotocol === undefined ? {} : { subprotocol }),
    open: (socket) =>
      isSealed ? openSealed(core, sealing, socket, admission) : new Connection(core, socket, admission),
  };
}
