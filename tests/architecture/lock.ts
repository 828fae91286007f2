/** One entry of package-lock.json; the parts the rules look at. */
export interface LockEntry {
  readonly name?: string;
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** `packages` of package-lock.json (version 3): entries by the path they are installed at, `""` being the root. */
export type Lock = Readonly<Record<string, LockEntry>>;

/** Licences a dependency may have; an expression is fine when one side of an OR, or all sides of an AND, are listed. */
const licences = ["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "BlueOak-1.0.0", "Unlicense"];
const developmentLicences = ["MPL-2.0"];

/** Versions below which a known attack works; in what is shipped only. */
const floors: readonly (readonly [name: string, floor: readonly number[]])[] = [
  ["ws", [8, 21, 1]],
  ["undici", [7, 28, 0]],
];

/** Libraries of before their security fixes, under names of their own: the negative controls of the attack tests. */
const oldVersions = "tests/attacks/fixtures";

/** What is wrong with a lock file, one sentence each; nothing when all is well. */
export function lockFaults(lock: Lock): string[] {
  return Object.entries(lock).flatMap(([path, entry]) => [
    ...versionFaults(path, entry),
    ...(path.includes("node_modules/") && entry.link !== true ? installedFaults(path, entry) : []),
    ...missingFaults(lock, path, entry),
  ]);
}

/**
 * Our own manifests name exact versions, never a range, a tag, a folder, git or an address. A peer is the application's
 * own and may have a lowest version instead; what is installed here is in the lock all the same.
 */
function versionFaults(path: string, entry: LockEntry): string[] {
  if (path.includes("node_modules/")) return [];
  const form = path === oldVersions ? /^npm:[\w.-]+@\d+\.\d+\.\d+$/ : /^\d+\.\d+\.\d+(-[\w.]+)?$/;
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = entry;
  const where = path === "" ? "the root" : path;
  const faults = (group: Readonly<Record<string, string>>, form: RegExp): string[] =>
    Object.entries(group)
      .filter(([, version]) => !form.test(version))
      .map(([name, version]) => `${where} wants ${name} ${version}: write an exact version`);
  const installed = { ...dependencies, ...devDependencies, ...optionalDependencies };
  return [...faults(installed, form), ...faults(peerDependencies ?? {}, /^>=\d+\.\d+\.\d+$/)];
}

function installedFaults(path: string, entry: LockEntry): string[] {
  const faults: string[] = [];
  if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(entry.integrity ?? "")) faults.push(`${path} has no sha512 integrity`);
  if (entry.resolved !== undefined && !entry.resolved.startsWith("https://registry.npmjs.org/")) {
    faults.push(`${path} comes from ${entry.resolved}, not from the npm registry`);
  }
  if (entry.hasInstallScript === true) faults.push(`${path} runs a script when it is installed`);
  const allowed = entry.dev === true ? [...licences, ...developmentLicences] : licences;
  if (!isAllowedLicence(entry.license, allowed)) faults.push(`${path} has the licence ${entry.license ?? "(none)"}`);
  return entry.dev === true ? faults : [...faults, ...floorFaults(path, entry)];
}

/** npm ci refuses a lock that lacks a package another one names, also one for another platform. */
function missingFaults(lock: Lock, path: string, { dependencies, optionalDependencies }: LockEntry): string[] {
  return Object.keys({ ...dependencies, ...optionalDependencies })
    .filter((name) => resolve(lock, path, name) === undefined)
    .map((name) => `${path === "" ? "the root" : path} needs ${name}, which the lock lacks: run npm install afresh`);
}

function isAllowedLicence(expression: string | undefined, allowed: readonly string[]): boolean {
  const alternatives = (expression ?? "").replace(/[()]/g, "").split(" OR ");
  return alternatives.some((each) => each.split(" AND ").every((licence) => allowed.includes(licence)));
}

function floorFaults(path: string, { version = "0.0.0" }: LockEntry): string[] {
  return floors
    .filter(([name, floor]) => path.endsWith(`node_modules/${name}`) && isBelow(version, floor))
    .map(([name, floor]) => `${path} is ${name} ${version}; below ${floor.join(".")} a known attack works`);
}

function isBelow(version: string, floor: readonly number[]): boolean {
  const parts = version.split(/[.-]/).map(Number);
  const index = floor.findIndex((part, at) => (parts[at] ?? 0) !== part);
  return index !== -1 && (parts[index] ?? 0) < (floor[index] ?? 0);
}

/**
 * The installed paths of everything a user gets with the workspace at `path`: dependencies and theirs, ours left out. Peers are for the user to bring.
 */
export function productionClosure(lock: Lock, path: string): string[] {
  const reached = new Set<string>();
  const visit = (from: string): void => {
    const { dependencies, optionalDependencies } = lock[from] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const at = resolve(lock, from, name);
      if (at === undefined || reached.has(at)) continue;
      reached.add(at);
      visit(at);
    }
  };
  visit(path);
  return [...reached].filter((each) => each.includes("node_modules/")).sort();
}

/** Node's look-up: the nearest `node_modules` on the way up; a link leads to the workspace it stands for. */
function resolve(lock: Lock, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")))) {
    const at = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    const entry = lock[at];
    if (entry !== undefined) return entry.link === true ? entry.resolved : at;
    if (folder === "") return undefined;
  }
}
