import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** A Debian package the tests use, how to see that it is there, and what does not run without it. */
export interface SystemPackage {
  readonly name: string;
  /** Ends with code 0 where the package is installed. Python modules are asked of Debian's own interpreter. */
  readonly probe: readonly [command: string, ...parameters: string[]];
  readonly neededBy: string;
}

/** Everything the tests need beyond Node and npm. */
export const systemPackages: readonly SystemPackage[] = [
  { name: "curl", probe: ["curl", "--version"], neededBy: "tests/conformance (upgrade refusals)" },
  {
    name: "chromium",
    probe: ["/usr/bin/chromium", "--version"],
    neededBy: "tests/browser, tests/examples (the chat page, the React hooks, the plain page)",
  },
  {
    name: "nginx",
    probe: ["/usr/sbin/nginx", "-v"],
    neededBy: "tests/sealed (somebody else's proxy that ends TLS)",
  },
  {
    name: "openssl",
    probe: ["openssl", "version"],
    neededBy: "tests/attacks (TLS as another client sees it), tests/scanner (old TLS)",
  },
  { name: "sslscan", probe: ["sslscan", "--version"], neededBy: "tests/conformance, tests/scanner (TLS profiles)" },
  { name: "testssl.sh", probe: ["testssl", "--version"], neededBy: "tests/scanner (TLS as another scanner sees it)" },
  {
    name: "python3-cryptography",
    probe: ["/usr/bin/python3", "-c", "import cryptography"],
    neededBy: "tests/second-implementation (records, channels and history in Python)",
  },
  {
    name: "python3-websockets",
    probe: ["/usr/bin/python3", "-c", "import websockets"],
    neededBy: "tests/conformance (Python client)",
  },
];

/** What the machine can do; injected so that tests need no root. */
export interface Machine {
  has(systemPackage: SystemPackage): boolean;
  /** Why nothing can be installed here, or `undefined` when it can. */
  readonly obstacle: string | undefined;
  /** Runs apt-get; resolves to its exit code. */
  aptGet(parameters: readonly string[]): Promise<number>;
}

/**
 * Installs what is missing where that is possible, else says exactly what is missing and what will be skipped for it.
 * Never throws: the tests that need a package skip themselves, by name, where it is missing.
 */
export async function provideSystemPackages(
  print: (text: string) => void,
  machine: Machine = thisMachine,
  wanted: readonly SystemPackage[] = systemPackages,
): Promise<void> {
  const missing = wanted.filter((each) => !machine.has(each));
  if (missing.length === 0) return;
  if (machine.obstacle === undefined) {
    const names = missing.map(({ name }) => name);
    print(`installing from Debian for the tests: ${names.join(" ")}\n`);
    const install = ["install", "-y", "-q", "--no-install-recommends", ...names];
    if ((await machine.aptGet(install)) !== 0) {
      // The package lists may be absent or old; once is enough to tell.
      await machine.aptGet(["update", "-q"]);
      await machine.aptGet(install);
    }
  }
  const still = missing.filter((each) => !machine.has(each));
  if (still.length === 0) return;
  print(`missing${machine.obstacle === undefined ? "" : ` (${machine.obstacle})`}, these tests will be skipped:\n`);
  for (const { name, neededBy } of still) print(`  ${name}: ${neededBy}\n`);
  print(`to run them: apt-get install ${still.map(({ name }) => name).join(" ")}\n`);
}

const thisMachine: Machine = {
  has({ probe: [command, ...parameters] }) {
    try {
      execFileSync(command, parameters, { stdio: "ignore", timeout: 20_000 });
      return true;
    } catch {
      return false;
    }
  },
  get obstacle() {
    if (!existsSync("/usr/bin/apt-get")) return "this is not Debian: no apt-get";
    return process.getuid?.() === 0 ? undefined : "installing needs root";
  },
  aptGet(parameters) {
    return new Promise((resolve) => {
      const child = spawn("/usr/bin/apt-get", ["-o", "DPkg::Lock::Timeout=60", ...parameters], {
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
        stdio: ["ignore", "ignore", "inherit"],
      });
      const startedAt = performance.now();
      const progress = setInterval(() => {
        const seconds = Math.round((performance.now() - startedAt) / 1000);
        process.stdout.write(`apt-get ${parameters[0]}: ${seconds} s\n`);
      }, 5_000);
      const end = (code: number): void => {
        clearInterval(progress);
        resolve(code);
      };
      child.on("error", () => end(-1));
      child.on("close", (code) => end(code ?? -1));
    });
  },
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await provideSystemPackages((text) => process.stdout.write(text));
}
