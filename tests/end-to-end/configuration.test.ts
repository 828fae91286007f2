import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { TestAuthority } from "../../packages/gateway/test/host/certificates.ts";
import { repositoryRoot } from "../../tools/repository-files.ts";
import { TokenIssuer } from "./fixtures/token-issuer.ts";
import { runWardwire, startWardwire, TemporaryFolder } from "./fixtures/wardwire.ts";

type Settings = Readonly<Record<string, unknown>>;

/** Changes to a good configuration, each with files that are not as they must be, and what must be said about it. */
const badFiles: readonly [what: string, change: (good: Settings) => Settings, said: RegExp][] = [
  ["a key file that is missing", (good) => ({ ...good, tls: { ...tlsOf(good), keyFile: "none.pem" } }), /tls\.keyFile/],
  [
    "a key file open to others",
    (good) => ({ ...good, tls: { ...tlsOf(good), keyFile: "open.pem" } }),
    /open\.pem is open to other users/,
  ],
  ["a key of another certificate", (good) => ({ ...good, tls: { ...tlsOf(good), keyFile: "other.pem" } }), /key/],
  [
    "a certificate file that holds none",
    (good) => ({ ...good, tls: { ...tlsOf(good), certFile: "keys.json" } }),
    /tls\.certFile/,
  ],
];

describe("a configuration", { timeout: 60_000, concurrency: 3 }, () => {
  test("with mistakes ends with 3, and each is named by the path of its key", async () => {
    using site = await Site.create();
    const { allowedOrigins: _, ...rest } = site.good;
    const config = site.configure({
      ...rest,
      alowedOrigins: ["https://chat.example"],
      listen: { port: "high" },
      limits: { maxJoins: 0 },
      jwt: { ...jwtOf(rest), algorithms: ["none"] },
      tls: { ...tlsOf(rest), profile: "old" },
    });
    const [checked, served] = await Promise.all([
      runWardwire(["config", "check", "--config", config, "--json"]),
      runWardwire(["serve", "--config", config]),
    ]);
    assert.equal(checked.code, 3, checked.stderr);
    const { valid, problems } = JSON.parse(checked.stdout);
    assert.equal(valid, false);
    const paths = problems.map(({ path }: { readonly path: string }) => path);
    const wrong = [
      "allowedOrigins",
      "alowedOrigins",
      "jwt.algorithms[0]",
      "limits.maxJoins",
      "listen.port",
      "tls.profile",
    ];
    assert.deepEqual(paths.sort(), wrong);
    assert.equal(served.code, 3, served.stderr);
    assert.ok(
      wrong.some((path) => served.stderr.includes(path)),
      served.stderr,
    );
  });

  for (const [what, change, said] of badFiles) {
    test(`with ${what} does not start (3), and says why without a stack trace`, async () => {
      using site = await Site.create();
      const { code, stdout, stderr } = await runWardwire(["serve", "--config", site.configure(change(site.good))]);
      assert.equal(code, 3, stderr);
      assert.match(stderr, said);
      assert.equal(`${stdout}${stderr}`.includes("    at "), false);
    });
  }

  test("that is no YAML, or no file, ends with 3", async () => {
    using site = await Site.create();
    const configs = [site.write("broken.yaml", "listen: ["), site.file("none.yaml")];
    const ends = await Promise.all(configs.map((config) => runWardwire(["serve", "--config", config])));
    for (const { code, stderr } of ends) assert.equal(code, 3, stderr);
  });

  test("that is good is found good, and serves until SIGTERM", async () => {
    using site = await Site.create();
    const config = site.configure(site.good);
    const checked = await runWardwire(["config", "check", "--config", config, "--json"]);
    assert.equal(checked.code, 0, checked.stdout);
    assert.deepEqual(JSON.parse(checked.stdout).problems, []);
    await using program = startWardwire(["serve", "--config", config]);
    await program.said(/"listening"/);
    assert.equal((await program.stop()).code, 0);
  });
});

function jwtOf(settings: Settings): Settings {
  return settings["jwt"] as Settings;
}

function tlsOf(settings: Settings): Settings {
  return settings["tls"] as Settings;
}

/** A folder with everything a production gateway needs. */
class Site implements Disposable {
  readonly #folder = new TemporaryFolder();
  readonly good: Settings = {
    application: "./application.ts",
    listen: { port: 0, host: "127.0.0.1" },
    admin: { port: 0 },
    tls: { certFile: "cert.pem", keyFile: "key.pem" },
    allowedOrigins: ["https://chat.example"],
    jwt: { issuer: "https://id.example", audience: "chat", algorithms: ["EdDSA"], keysFile: "keys.json" },
  };

  static async create(): Promise<Site> {
    const site = new Site();
    const authority = await TestAuthority.create();
    const [own, other] = await Promise.all([1, 2].map(() => authority.issue({ dnsNames: ["localhost"] })));
    site.write("cert.pem", own?.cert ?? "");
    site.write("key.pem", own?.key ?? "");
    site.write("other.pem", other?.key ?? "");
    chmodSync(site.write("open.pem", own?.key ?? ""), 0o644);
    site.write("keys.json", JSON.stringify({ keys: [(await TokenIssuer.create()).publicJwk] }));
    const application = JSON.stringify(join(repositoryRoot, "packages/cli/test/fixtures/application.ts"));
    site.write("application.ts", `export * from ${application};`);
    return site;
  }

  file(name: string): string {
    return this.#folder.file(name);
  }

  /** Writes a file that only its owner may read; gives its path. */
  write(name: string, text: string): string {
    writeFileSync(this.file(name), text, { mode: 0o600 });
    return this.file(name);
  }

  /** Writes a configuration (JSON is YAML); gives its path. */
  configure(settings: Settings): string {
    return this.write("wardwire.yaml", JSON.stringify(settings));
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
