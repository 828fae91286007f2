import { parseAllowedHosts } from "@wardwire/gateway/allowed-hosts";
import { defaultLimits } from "@wardwire/gateway/options";
import { defaultThresholds } from "@wardwire/gateway/signals";
import { z } from "zod";
import { parseHttpsOrigin } from "../https-origin.ts";
import { type Configuration, jwtAlgorithms } from "./configuration.ts";

const path = text("a path");
const port = wholeNumber("a port", 0, 65_535);
const limit = wholeNumber("a number", 1, 2_147_483_647);
const range = z.union([z.cidrv4(), z.cidrv6()], { error: "expected a CIDR range such as 10.0.0.0/8" });
const addressList = z
  .array(
    z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], {
      error: "expected an address, or a CIDR range such as 10.0.0.0/8",
    }),
  )
  .exactOptional();

const clientCertificates = group({
  caFile: path.describe("PEM file with the authorities whose client certificates are taken."),
  crlFile: path.exactOptional().describe("PEM file with a revocation list of each of them."),
  required: z.boolean().default(false).describe("Whether nobody comes without one; else others come with a token."),
  mapping: group({
    name: z.enum(["uri", "dns", "email"]).describe("Which kind of subject alternative name tells who it is."),
    prefix: z.string().default("").describe("What that name begins with."),
    suffix: z.string().default("").describe("What it ends with."),
    userPrefix: z.string().default("").describe("Put before what stands between, to make the user's id."),
  }).refine(({ prefix, suffix }) => prefix + suffix !== "", {
    error: "expected a prefix or a suffix: not every name of an authority is a user's",
  }),
});

const audit = group({
  file: path.describe("The audit log: JSON lines, hash-chained, signed. Its folder has to be there."),
  keyFile: path.describe("Its keys, one a line: an id, a space, 32 bytes or more in Base64url; closed to other users."),
  source: text("a name").exactOptional().describe("Names this gateway among others; by default the host's name."),
});

const webhook = group({
  url: httpsUrl().describe("https only, at a public address."),
  secretFile: path.describe("File with the secret of Standard Webhooks, whsec_…; closed to other users."),
});

const engine = group({
  sqlite: group({
    file: path.describe("The database, created if there is none; on a local disk, of one gateway at a time."),
    maxFileBytes: wholeNumber("bytes", 1, Number.MAX_SAFE_INTEGER)
      .exactOptional()
      .describe("The most it may take; past that publications are refused until something expires. 8 GiB by default."),
  }),
});

const serverKeys = group({
  folder: path.describe("The folder of `wardwire keys init`, without the identities; written to by this gateway."),
  masterKeyFile: path
    .exactOptional()
    .describe("The master key that seals them, closed to other users; by default WARDWIRE_MASTER_KEY."),
});

const jwt = group({
  issuer: text("the issuer that tokens name in iss"),
  audience: text("the audience that tokens name in aud"),
  algorithms: list(z.enum(jwtAlgorithms), "at least one algorithm"),
  jwksUrl: httpsUrl().exactOptional().describe("Where the issuer publishes its keys; https only."),
  keysFile: path.exactOptional().describe("JSON Web Key Set with the issuer's public keys."),
  secretFile: path.exactOptional().describe("File with the shared secret for HS256, at least 32 bytes."),
}).check((context) => {
  const { jwksUrl, keysFile, secretFile, algorithms } = context.value;
  const given = [jwksUrl, keysFile, secretFile].filter((source) => source !== undefined).length;
  const refuse = (key: string, message: string): void => {
    context.issues.push({ code: "custom", input: context.value, path: [key], message });
  };
  if (given !== 1) refuse("jwksUrl", `expected exactly one of jwksUrl, keysFile and secretFile, got ${given}`);
  if (algorithms.includes("HS256") !== (secretFile !== undefined) || (secretFile !== undefined && algorithms[1])) {
    refuse("algorithms", "expected HS256 alone with secretFile, other algorithms with jwksUrl or keysFile");
  }
});

/** The schema of the configuration file; an unknown key is refused at every level. */
export const configurationSchema: z.ZodType<Configuration> = group({
  application: path.describe("Module that exports contract, authorize and commands."),
  listen: group({
    port: port.default(443).describe("TCP port of the public listener."),
    host: text("an address or a host name").default("0.0.0.0").describe("Address listened on; :: for both families."),
  }).prefault({}),
  admin: group({
    port: port.default(9443).describe("Port of the health listener on 127.0.0.1."),
    dataFolder: path
      .exactOptional()
      .describe("Folder for the admin API's credential; without it there is no such API."),
  }).prefault({}),
  tls: group({
    certFile: path.describe("PEM file with the certificate and its chain."),
    keyFile: path.describe("PEM file with the private key, closed to other users."),
    profile: z.enum(["modern", "intermediate"]).default("modern").describe("Mozilla Server Side TLS 6.0."),
    postQuantum: z.enum(["preferred", "required"]).default("preferred").describe("X25519MLKEM768."),
    hstsMaxAgeSeconds: wholeNumber("seconds", 0, 2_147_483_647)
      .default(63_072_000)
      .describe("How long browsers come to this host by TLS only, on every port; 0 has them forget it."),
  }),
  allowedOrigins: list(httpsOrigin(), "at least one origin, such as https://chat.example").describe(
    "Exact origins of the pages that may open the socket.",
  ),
  jwt,
  clientCertificates: clientCertificates.exactOptional().describe("Lets clients in by their certificate as well."),
  allowedHosts: list(hostName(), "at least one host, such as chat.example")
    .exactOptional()
    .describe("What a request may name as Host; by default the hosts of allowedOrigins and this machine's own names."),
  trustedProxies: z.array(range).default([]).describe("Proxies whose X-Forwarded-For is believed."),
  addresses: group({ allow: addressList, deny: addressList })
    .prefault({})
    .describe(
      "Whose addresses are let in: only those of allow, where it is given, and none of deny. Read again on SIGHUP.",
    ),
  limits: group(numbers(defaultLimits)).prefault({}).describe("Bounds that differ from the gateway's defaults."),
  dryRun: z.boolean().default(false).describe("Reports what is over a rate and lets it through."),
  idleTimeoutMs: limit
    .exactOptional()
    .describe("Closes a connection on which nobody has acted for so long; never by default."),
  audit: audit.exactOptional().describe("Keeps an audit log of security events; none by default."),
  signals: group(numbers(defaultThresholds))
    .prefault({})
    .describe("Thresholds that differ from the gateway's defaults."),
  webhooks: z.array(webhook).default([]).describe("Where signals are posted to."),
  engine: engine
    .exactOptional()
    .describe("Keeps channels, revocations and budgets in a file; by default in memory, until the process ends."),
  serverKeys: serverKeys
    .exactOptional()
    .describe("Keys of sealed connections; without them there are none, and no sealed channels."),
});

/** What a value is, in the words of a configuration file: `a text`, `a number`, `a list`, `nothing`. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  const kinds: Readonly<Record<string, string>> = { string: "a text", number: "a number", boolean: "true or false" };
  return kinds[typeof value] ?? "a group of keys";
}

function group<S extends z.core.$ZodShape>(shape: S): z.ZodObject<S, z.core.$strict> {
  return z.strictObject(shape, {
    // A key that is unknown has its own message, made where problems are listed.
    error: ({ code, input }) =>
      code === "invalid_type" ? `expected a group of keys, got ${kindOf(input)}` : undefined,
  });
}

function list<T extends z.core.$ZodType>(item: T, expected: string): z.ZodArray<T> {
  const error = ({ input }: { readonly input?: unknown }): string => `expected ${expected}, got ${kindOf(input)}`;
  return z.array(item, { error }).min(1, { error: `expected ${expected}, got an empty list` });
}

function text(expected: string): z.ZodString {
  return z
    .string({ error: ({ input }) => `expected ${expected}, got ${kindOf(input)}` })
    .min(1, { error: `expected ${expected}, got an empty text` });
}

function wholeNumber(expected: string, least: number, most: number): z.ZodNumber {
  const range = `expected ${expected} from ${least} to ${most}`;
  return z
    .number({ error: ({ input }) => `${range}, got ${kindOf(input)}` })
    .int({ error: ({ input }) => `${range}, got ${input}` })
    .min(least, { error: ({ input }) => `${range}, got ${input}` })
    .max(most, { error: ({ input }) => `${range}, got ${input}` });
}

/** A key for each of these, all of which may be left out. */
function numbers(defaults: object): Record<string, z.ZodType<number>> {
  return Object.fromEntries(Object.keys(defaults).map((name) => [name, limit.exactOptional()]));
}

function hostName(): z.ZodString {
  return text("a host").refine(isAllowedHost, { error: "expected host, host:port, or host:* for any port" });
}

function isAllowedHost(value: string): boolean {
  try {
    return parseAllowedHosts([value]).exact.size >= 0;
  } catch {
    return false;
  }
}

function httpsUrl(): z.ZodString {
  return text("an https URL").refine((value) => isHttpsUrl(value), {
    error: "expected an absolute https URL without user information",
  });
}

function httpsOrigin(): z.ZodString {
  return text("an origin").refine((value) => parseHttpsOrigin(value) === value, {
    error: "expected an origin as browsers write it: https://host or https://host:port, no path, lower case",
  });
}

function isHttpsUrl(value: string): boolean {
  const url = URL.parse(value);
  return url?.protocol === "https:" && url.username === "" && url.password === "";
}
