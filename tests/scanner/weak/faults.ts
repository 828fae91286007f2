import type { Grade } from "@wardwire/scanner/grade";
import type { ScanOptions } from "@wardwire/scanner/options";
import { type Certified, certify } from "../../../packages/scanner/test/certificate.ts";
import { laxOrigins } from "../../attacks/fixtures/weak/lax-origins.ts";
import { host } from "./handshake.ts";
import type { Habits } from "./weak-server.ts";

/** One fault, and the checks it must set off. */
export interface Fault {
  /** What the server does wrong. */
  readonly name: string;
  /** Differs from a sound server in one thing. */
  readonly habits?: Habits;
  /** Instead of one that is trusted, names the host and is valid. */
  readonly certified?: Certified;
  /** Where it listens; `/ws` when left out. */
  readonly path?: string;
  /** How to look, beyond the usual. */
  readonly options?: ScanOptions;
  /** Exactly the checks that must find a fault. */
  readonly fires: readonly string[];
  /** The grade it must get, where the rubric of the issue names it. */
  readonly grade?: Grade;
  /** Whether no WebSocket can be opened at all, so that no grade is given. */
  readonly isClosed?: boolean;
}

const active: Pick<Fault, "options"> = { options: { dangerouslyActive: true } };

const transport: readonly Fault[] = [
  { name: "speaks no TLS", habits: { transport: "plain" }, fires: ["WW-TLS-01"], grade: "F" },
  { name: "speaks without TLS too", habits: { transport: "either" }, fires: ["WW-TRANSPORT-01"], grade: "F" },
  {
    name: "redirects the handshake",
    habits: { answersHandshakes: "HTTP/1.1 302 Found\r\nLocation: wss://other.example/\r\nContent-Length: 0\r\n\r\n" },
    fires: ["WW-TRANSPORT-02", "WW-HANDSHAKE-01"],
    isClosed: true,
  },
  {
    name: "takes TLS 1.0 and 1.1, with the CBC suites these need",
    habits: { tls: { minVersion: "TLSv1", ciphers: `${ecdsaGcm()}:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0` } },
    fires: ["WW-TLS-03", "WW-TLS-05"],
    grade: "D",
  },
  {
    name: "takes a CBC suite in TLS 1.2",
    habits: { tls: { ciphers: `${ecdsaGcm()}:ECDHE-ECDSA-AES128-SHA256` } },
    fires: ["WW-TLS-05"],
    grade: "B",
  },
  { name: "speaks TLS 1.2 only", habits: { tls: { maxVersion: "TLSv1.2" } }, fires: ["WW-TLS-04", "WW-TLS-07"] },
  {
    name: "has no post-quantum group",
    habits: { tls: { ecdhCurve: "X25519:prime256v1" } },
    fires: ["WW-TLS-07"],
    grade: "A",
  },
  {
    name: "takes a weak curve in TLS 1.2",
    certified: await certify({ dnsNames: [host], rsaBits: 2_048 }),
    habits: { tls: { ecdhCurve: "X25519MLKEM768:X25519:prime256v1:secp256k1" } },
    fires: ["WW-TLS-06"],
  },
  { name: "renegotiates", habits: { tls: { secureOptions: 0 } }, fires: ["WW-TLS-08"] },
  { name: "compresses below TLS", habits: { compressesTls: true }, fires: ["WW-TLS-09"] },
  {
    name: "does not bind TLS 1.2 to its handshake",
    // SSL_OP_NO_EXTENDED_MASTER_SECRET, for which Node has no constant, and SSL_OP_NO_RENEGOTIATION.
    habits: { tls: { secureOptions: 1 | (1 << 30) } },
    fires: ["WW-TLS-10"],
  },
];

const certificates: readonly Fault[] = [
  { name: "has signed its certificate itself", options: { ca: "" }, fires: ["WW-CERT-01"] },
  {
    name: "shows the certificate of another host",
    certified: await certify({ dnsNames: ["other.example"] }),
    fires: ["WW-CERT-02"],
    grade: "D",
  },
  {
    name: "shows an expired certificate",
    certified: await certify({ dnsNames: [host], fromDays: -80, untilDays: -1 }),
    fires: ["WW-CERT-03"],
    grade: "D",
  },
  {
    name: "shows a certificate that ends in a week",
    certified: await certify({ dnsNames: [host], fromDays: -80, untilDays: 7 }),
    fires: ["WW-CERT-03"],
  },
  {
    name: "has an RSA key of 1,024 bits",
    certified: await certify({ dnsNames: [host], rsaBits: 1_024 }),
    habits: { tls: { ciphers: "ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0" } },
    fires: ["WW-CERT-04"],
  },
  {
    name: "has a certificate for three years",
    certified: await certify({ dnsNames: [host], untilDays: 1_095 }),
    fires: ["WW-CERT-05"],
  },
];

const handshakes: readonly Fault[] = [
  {
    name: "opens no WebSocket",
    habits: { answersHandshakes: "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n" },
    fires: ["WW-HANDSHAKE-01"],
    isClosed: true,
  },
  { name: "takes any version", habits: { handshake: { forgets: ["version"] } }, fires: ["WW-HANDSHAKE-02"] },
  { name: "takes any key", habits: { handshake: { forgets: ["key"] } }, fires: ["WW-HANDSHAKE-03"] },
  { name: "takes two hosts", habits: { handshake: { forgets: ["no repetition"] } }, fires: ["WW-HANDSHAKE-04"] },
  { name: "takes any method", habits: { handshake: { forgets: ["method"] } }, fires: ["WW-HANDSHAKE-05"] },
  { name: "takes a body", habits: { handshake: { forgets: ["no body"] } }, fires: ["WW-HANDSHAKE-06"] },
  { name: "is any host", habits: { handshake: { forgets: ["host"] } }, fires: ["WW-HANDSHAKE-07"] },
  { name: "agrees to any subprotocol", habits: { echoesSubprotocol: true }, fires: ["WW-HANDSHAKE-08"] },
  {
    name: "reads any subprotocol",
    habits: { handshake: { forgets: ["subprotocol syntax"] } },
    fires: ["WW-HANDSHAKE-09"],
  },
  { name: "reads on after a refusal", habits: { readsOn: true }, fires: ["WW-HANDSHAKE-10"] },
];

const lax = (name: keyof typeof laxOrigins): Pick<Fault, "habits"> => ({
  habits: { handshake: { admitsOrigin: laxOrigins[name] } },
});

const origins: readonly Fault[] = [
  { name: "does not look at the origin", ...lax("does not look"), fires: ["WW-ORIGIN-01"], grade: "D" },
  {
    name: "does not look at the origin, and believes cookies",
    ...lax("does not look"),
    options: { cookie: "session=1" },
    fires: ["WW-ORIGIN-01"],
    grade: "F",
  },
  {
    name: "looks for the allowed origin anywhere in it",
    ...lax("looks for the allowed origin anywhere in it"),
    fires: ["WW-ORIGIN-02", "WW-ORIGIN-04", "WW-ORIGIN-05"],
  },
  {
    name: "looks at the beginning of the origin",
    ...lax("looks at its beginning"),
    fires: ["WW-ORIGIN-02", "WW-ORIGIN-04", "WW-ORIGIN-05"],
  },
  {
    name: "looks at the end of the origin",
    ...lax("looks at its end"),
    fires: ["WW-ORIGIN-02", "WW-ORIGIN-04", "WW-ORIGIN-05"],
  },
  { name: "lets null pass", ...lax("lets null pass"), fires: ["WW-ORIGIN-03"] },
  {
    name: "compares hosts and not schemes",
    ...lax("compares the host and not the scheme"),
    fires: ["WW-ORIGIN-04", "WW-ORIGIN-05"],
  },
  {
    name: "lets an empty origin pass",
    habits: { handshake: { admitsOrigin: (origin, allowed) => origin === "" || origin === allowed } },
    fires: ["WW-ORIGIN-05"],
  },
  {
    name: "believes the first of two origins",
    habits: { handshake: { forgets: ["one origin"] } },
    fires: ["WW-ORIGIN-06"],
  },
  {
    name: "asks for nothing where there is no origin",
    habits: { handshake: { forgets: ["origin or credential"] } },
    fires: ["WW-ORIGIN-07"],
  },
  {
    name: "sets a cookie for every site",
    habits: { page: { headers: { "Set-Cookie": "session=1; Path=/" } } },
    fires: ["WW-ORIGIN-08"],
  },
];

const frames: readonly Fault[] = [
  { name: "falls silent after a while", habits: { session: { acknowledgesAtMost: 1 } }, fires: ["WW-FRAME-01"] },
  {
    name: "speaks MQTT, and falls silent after a while",
    habits: { session: { speaksMqtt: true, acknowledgesAtMost: 1 } },
    fires: ["WW-FRAME-02"],
  },
  { name: "reads unmasked frames", habits: { session: { forgets: ["masks"] } }, fires: ["WW-FRAME-03"] },
  { name: "ignores reserved bits", habits: { session: { forgets: ["reserved bits"] } }, fires: ["WW-FRAME-04"] },
  { name: "skips unknown opcodes", habits: { session: { forgets: ["opcodes"] } }, fires: ["WW-FRAME-05"] },
  {
    name: "takes control frames as they come",
    habits: { session: { forgets: ["control frames"] } },
    fires: ["WW-FRAME-06"],
  },
  { name: "mixes messages up", habits: { session: { forgets: ["fragment order"] } }, fires: ["WW-FRAME-07"] },
  { name: "takes any length", habits: { session: { forgets: ["lengths"] } }, fires: ["WW-FRAME-08"] },
  { name: "takes any bytes for text", habits: { session: { forgets: ["UTF-8"] } }, fires: ["WW-FRAME-09"] },
  {
    name: "ignores malformed close frames",
    habits: { session: { forgets: ["close payloads"] } },
    fires: ["WW-FRAME-10"],
  },
  { name: "never closes", habits: { session: { answersNoClose: true } }, fires: ["WW-FRAME-11"] },
  { name: "masks its frames", habits: { session: { masksFrames: true } }, fires: ["WW-FRAME-12"] },
];

const limits: readonly Fault[] = [
  {
    name: "takes messages of any size",
    habits: { session: { forgets: ["message size"] } },
    fires: ["WW-LIMIT-01"],
    grade: "D",
  },
  { name: "takes heads of 64 KiB", habits: { http: { maxHeaderSize: 65_536 } }, fires: ["WW-LIMIT-02"] },
  {
    name: "inflates without bound",
    habits: { session: { inflates: true, forgets: ["inflated size"] } },
    ...active,
    fires: ["WW-LIMIT-04"],
    grade: "D",
  },
  {
    name: "gathers any number of fragments",
    habits: { session: { forgets: ["fragment count"] } },
    ...active,
    fires: ["WW-LIMIT-05"],
  },
  {
    name: "counts no messages",
    habits: { session: { countsNoMessages: true } },
    ...active,
    fires: ["WW-LIMIT-06"],
    grade: "B",
  },
  { name: "counts no pings", habits: { session: { countsNoPings: true } }, ...active, fires: ["WW-LIMIT-07"] },
  {
    name: "counts no headers",
    habits: { countsNoHeaders: true, http: { maxHeaderSize: 40_960 } },
    ...active,
    fires: ["WW-LIMIT-08"],
  },
  {
    name: "waits for headers",
    habits: { http: { headersTimeout: 60_000, requestTimeout: 60_000 } },
    ...active,
    fires: ["WW-LIMIT-09"],
  },
  { name: "answers no ping", habits: { session: { answersNoPing: true } }, fires: ["WW-LIMIT-10"] },
];

const tokens: readonly Fault[] = [
  { name: "asks for no token", habits: { session: { asksForNoToken: true } }, fires: ["WW-TOKEN-01"] },
  {
    name: "takes the token from the URL",
    habits: { session: { takesTokenFromUrl: true } },
    fires: ["WW-TOKEN-02"],
    grade: "D",
  },
  {
    name: "believes tokens that are not signed",
    habits: { session: { forgetsInTokens: ["algorithm none"] } },
    fires: ["WW-TOKEN-03"],
    grade: "F",
  },
  {
    name: "verifies no signature",
    habits: { session: { forgetsInTokens: ["signature"] } },
    fires: ["WW-TOKEN-04"],
  },
];

const pages: readonly Fault[] = [
  { name: "sends no HSTS", habits: { page: { lacksHsts: true } }, fires: ["WW-HEADER-01"], grade: "B" },
  {
    name: "tells its version",
    habits: { page: { headers: { Server: "demo/1.2.3" } } },
    fires: ["WW-HEADER-02"],
    grade: "A",
  },
  { name: "shows a stack on a page", habits: { page: { showsStack: true } }, fires: ["WW-HEADER-03"] },
  { name: "shows a stack in a message", habits: { session: { showsStack: true } }, fires: ["WW-HEADER-04"] },
  { name: "sends a TRACE back", habits: { page: { echoesTrace: true } }, fires: ["WW-HEADER-05"] },
];

/** Every fault a server of our own can have. */
export const faults: readonly Fault[] = [
  ...transport,
  ...certificates,
  ...handshakes,
  ...origins,
  ...frames,
  ...limits,
  ...tokens,
  ...pages,
];

function ecdsaGcm(): string {
  return "TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256";
}
