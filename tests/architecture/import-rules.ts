import { posix } from "node:path";
import { importsOf, unreadable, withoutComments } from "./imports.ts";

/** What a room of the repository may import of ours: a package's name, or a name and a subpath. */
export type AllowedOurs = readonly string[] | "everything";

/** Which of our packages each room may import. Its own package is always allowed, by relative paths. */
export const direction: Readonly<Record<string, AllowedOurs>> = {
  "packages/wire": [],
  "packages/crypto": [],
  "packages/contract": [],
  "packages/cluster": [],
  "packages/client": ["@wardwire/wire", "@wardwire/crypto", "@wardwire/contract"],
  "packages/gateway": [
    "@wardwire/wire",
    "@wardwire/contract",
    "@wardwire/cluster",
    // Never "@wardwire/crypto/mls": the server cannot read end-to-end channels.
    "@wardwire/crypto/bytes",
    "@wardwire/crypto/base64url",
    "@wardwire/crypto/crypto-error",
    "@wardwire/crypto/secret-bytes",
    "@wardwire/crypto/primitives",
    "@wardwire/crypto/keys",
    "@wardwire/crypto/handshake",
    "@wardwire/crypto/session-records",
    "@wardwire/crypto/channel-records",
    "@wardwire/crypto/history",
    "@wardwire/crypto/integrity",
  ],
  "packages/scanner": [],
  "packages/acme": [],
  "packages/cli": "everything",
  contracts: ["@wardwire/contract"],
  "apps/chat": ["@wardwire/client", "@wardwire/contract", "@wardwire/contracts"],
  "apps/admin": ["@wardwire/client", "@wardwire/contract", "@wardwire/contracts"],
  examples: ["@wardwire/client", "@wardwire/contract", "@wardwire/gateway", "@wardwire/contracts"],
};

/** The part of a package.json the rules look at. */
export interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A source file of a room, with the manifest of that room and what the repository declares for all tests. */
export interface SourceFile {
  /** Path from the repository's folder. */
  readonly path: string;
  readonly room: string;
  readonly source: string;
  readonly manifest: Manifest;
  readonly sharedDevDependencies: readonly string[];
}

/** What is wrong with the imports of a file, one sentence each; nothing when all is well. */
export function importFaults(file: SourceFile): string[] {
  const faults = importsOf(file.source).flatMap((specifier) => {
    const fault = faultOf(specifier, file);
    return fault === undefined ? [] : [`${file.path} imports ${specifier}: ${fault}`];
  });
  const bun = file.path.startsWith("packages/gateway/src/") && !isHost(file) && namesBun(file.source);
  return bun ? [...faults, `${file.path} names Bun: only host/ may`] : faults;
}

function faultOf(specifier: string, file: SourceFile): string | undefined {
  if (specifier === unreadable)
    return mayCompute(file) ? undefined : "a computed specifier cannot be checked; write it out";
  // Names of a package's own `imports` map lead to its own files; TypeScript checks that they exist.
  if (specifier.startsWith("#")) return undefined;
  if (specifier.startsWith(".")) return relativeFault(specifier, file);
  const special = specialFault(specifier, file);
  if (special !== undefined || specifier.startsWith("node:")) return special;
  const name = packageName(specifier);
  if (name === file.manifest.name) {
    return isForDevelopment(file) ? undefined : "a package imports its own files by relative path";
  }
  if (isOurs(name) && !isAllowed(specifier, direction[file.room] ?? [])) return `${file.room} may not depend on it`;
  return declared(file).has(name) ? undefined : `it is not in the dependencies of ${file.room}/package.json`;
}

/** Tests load a module a second time under a made-up name; the command loads the operator's own application. */
function mayCompute(file: SourceFile): boolean {
  return isForDevelopment(file) || file.path === "packages/cli/src/production/application.ts";
}

function relativeFault(specifier: string, file: SourceFile): string | undefined {
  const target = posix.join(posix.dirname(file.path), specifier);
  if (!target.startsWith(`${file.room}/`)) return "the path leaves the package; import it by name";
  const intoTests = !isForDevelopment(file) && target.startsWith(`${file.room}/test/`);
  return intoTests ? "what is shipped may not import a test" : undefined;
}

/** Rules about one library or one folder. */
function specialFault(specifier: string, file: SourceFile): string | undefined {
  const isSource = !isForDevelopment(file);
  if (file.room === "packages/scanner" && specifier === "ws") return "the scanner must not share the gateway's bugs";
  if (file.room === "packages/gateway" && isSource && !isHost(file) && hostOnly.includes(specifier))
    return "only host/ may";
  if (file.room === "contracts" && isSource && !contractsMay.includes(packageName(specifier))) {
    return "contracts import @wardwire/contract and a schema library only";
  }
  return undefined;
}

const hostOnly = ["ws", "node:http", "node:https", "node:http2", "node:tls", "bun"];
const contractsMay = ["@wardwire/contract", "valibot", "zod", "@standard-schema/spec"];

function isHost(file: SourceFile): boolean {
  return file.path.startsWith("packages/gateway/src/host/");
}

/** What is not shipped: tests, and the configuration of a tool. */
function isForDevelopment(file: SourceFile): boolean {
  return file.path.startsWith(`${file.room}/test/`) || file.path.endsWith(".config.ts");
}

function namesBun(source: string): boolean {
  return /(?<![\w"'`])Bun\s*[.?[]/.test(withoutComments(source));
}

function isOurs(name: string): boolean {
  return name === "wardwire" || name.startsWith("@wardwire/");
}

function isAllowed(specifier: string, allowed: AllowedOurs): boolean {
  return allowed === "everything" || allowed.some((each) => specifier === each || specifier.startsWith(`${each}/`));
}

/** What `room/package.json` declares; tests may use the development dependencies too. */
function declared(file: SourceFile): ReadonlySet<string> {
  const { dependencies, peerDependencies, devDependencies } = file.manifest;
  const shipped = Object.keys({ ...dependencies, ...peerDependencies });
  if (!isForDevelopment(file)) return new Set(shipped);
  return new Set([...shipped, ...Object.keys({ ...devDependencies }), ...file.sharedDevDependencies]);
}

function packageName(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
