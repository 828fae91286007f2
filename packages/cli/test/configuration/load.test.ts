import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { defaultLimits } from "@wardwire/gateway/options";
import { defaultThresholds } from "@wardwire/gateway/signals";
import { stringify } from "yaml";
import { type LoadResult, loadConfiguration } from "../../src/configuration/load.ts";
import { describeProblem } from "../../src/configuration/problem.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const good = {
  application: "./app.ts",
  tls: { certFile: "cert.pem", keyFile: "key.pem" },
  allowedOrigins: ["https://chat.example"],
  jwt: { issuer: "https://id.example", audience: "chat", algorithms: ["EdDSA"], keysFile: "keys.json" },
};

function load(text: string, environment: Readonly<Record<string, string>> = {}): LoadResult {
  using folder = temporaryFolder();
  writeFileSync(folder.at("wardwire.yaml"), text);
  return loadConfiguration(folder.at("wardwire.yaml"), environment);
}

/** The problems of a good configuration with something laid over it. */
function problemsWith(change: object, environment: Readonly<Record<string, string>> = {}): readonly string[] {
  const result = load(stringify({ ...good, ...change }), environment);
  return result.ok ? [] : result.problems.map(describeProblem);
}

function certificates(mapping: object): object {
  return { caFile: "ca.pem", mapping };
}

describe("a configuration file", () => {
  it("is filled up with defaults", () => {
    const result = load(stringify(good));
    assert.deepEqual(result, {
      ok: true,
      configuration: {
        ...good,
        listen: { port: 443, host: "0.0.0.0" },
        admin: { port: 9443 },
        tls: { ...good.tls, profile: "modern", postQuantum: "preferred", hstsMaxAgeSeconds: 63_072_000 },
        trustedProxies: [],
        addresses: {},
        limits: {},
        dryRun: false,
        signals: {},
        webhooks: [],
      },
    });
  });

  it("is refused with the path of each key that is wrong", () => {
    const cases: readonly (readonly [change: object, problem: RegExp])[] = [
      [{ tls: { certFile: 3, keyFile: "k" } }, /^tls\.certFile: expected a path, got a number$/],
      [{ tls: { certFile: "c" } }, /^tls\.keyFile: expected a path, got nothing$/],
      [{ tls: undefined }, /^tls: expected a group of keys, got nothing$/],
      [{ tls: { ...good.tls, profile: "old" } }, /^tls\.profile: expected one of modern, intermediate$/],
      [{ listen: { port: "https" } }, /^listen\.port: expected a port from 0 to 65535, got a text$/],
      [{ listen: { port: 70_000 } }, /^listen\.port: .*got 70000$/],
      [{ listen: [] }, /^listen: expected a group of keys, got a list$/],
      [{ allowedOrigins: [] }, /^allowedOrigins: expected at least one origin.*empty list$/],
      [{ allowedOrigins: ["https://a.example", "http://a.example"] }, /^allowedOrigins\[1\]: expected an origin/],
      [{ allowedOrigins: ["https://A.example"] }, /^allowedOrigins\[0\]: .*lower case$/],
      [{ jwt: { ...good.jwt, algorithms: ["none"] } }, /^jwt\.algorithms\[0\]: expected one of EdDSA/],
      [{ jwt: { ...good.jwt, algorithms: ["HS256"] } }, /^jwt\.algorithms: expected HS256 alone with secretFile/],
      [{ jwt: { ...good.jwt, algorithms: [] } }, /^jwt\.algorithms: expected at least one/],
      [{ jwt: { ...good.jwt, secretFile: "s" } }, /^jwt\.jwksUrl: expected exactly one of .*got 2$/],
      [{ jwt: { ...good.jwt, keysFile: undefined } }, /^jwt\.jwksUrl: expected exactly one of .*got 0$/],
      [
        { jwt: { ...good.jwt, keysFile: undefined, jwksUrl: "http://id.example/keys" } },
        /^jwt\.jwksUrl: expected an absolute https URL/,
      ],
      [
        { jwt: { ...good.jwt, keysFile: undefined, jwksUrl: "https://u:p@id.example/" } },
        /^jwt\.jwksUrl: .*without user information/,
      ],
      [{ trustedProxies: ["10.0.0.1"] }, /^trustedProxies\[0\]: expected a CIDR range/],
      [{ limits: { maxJoins: 0 } }, /^limits\.maxJoins: expected a number from 1 .*got 0$/],
      [{ limits: { maxJoints: 5 } }, /^limits\.maxJoints: unknown key/],
      [{ workers: 4 }, /^workers: unknown key/],
      [{ allowedHosts: [] }, /^allowedHosts: expected at least one host/],
      [{ allowedHosts: ["https://chat.example"] }, /^allowedHosts\[0\]: expected host, host:port/],
      [{ addresses: { deny: ["everyone"] } }, /^addresses\.deny\[0\]: expected an address, or a CIDR range/],
      [{ addresses: { block: [] } }, /^addresses\.block: unknown key/],
      [{ dryRun: "yes" }, /^dryRun: /],
      [{ idleTimeoutMs: 0 }, /^idleTimeoutMs: expected a number from 1/],
      [{ audit: { file: "audit.jsonl" } }, /^audit\.keyFile: expected a path, got nothing$/],
      [{ clientCertificates: { caFile: "ca.pem" } }, /^clientCertificates\.mapping: expected a group of keys/],
      [
        { clientCertificates: certificates({ name: "cn" }) },
        /^clientCertificates\.mapping\.name: expected one of uri, dns/,
      ],
      [
        { clientCertificates: certificates({ name: "uri" }) },
        /^clientCertificates\.mapping: expected a prefix or a suffix/,
      ],
      [
        { webhooks: [{ url: "http://a.example/", secretFile: "s" }] },
        /^webhooks\[0\]\.url: expected an absolute https URL/,
      ],
      [{ engine: {} }, /^engine\.sqlite: expected a group of keys, got nothing$/],
      [{ engine: { sqlite: {} } }, /^engine\.sqlite\.file: expected a path, got nothing$/],
      [{ engine: { sqlite: { file: "s.db", maxFileBytes: 0.5 } } }, /^engine\.sqlite\.maxFileBytes: expected bytes/],
      [{ engine: { memory: {} } }, /^engine\.sqlite: expected a group/],
      [{ signals: { noise: 1 } }, /^signals\.noise: unknown key/],
      [{ tls: { ...good.tls, hstsMaxAgeSeconds: -1 } }, /^tls\.hstsMaxAgeSeconds: expected seconds from 0/],
    ];
    for (const [change, expected] of cases) {
      const problems = problemsWith(change);
      assert.match(problems[0] ?? "", expected);
    }
  });

  it("may change every limit and every threshold of the gateway, and whom it lets in", () => {
    const changes = {
      limits: Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, 100_000])),
      signals: Object.fromEntries(Object.keys(defaultThresholds).map((name) => [name, 100_000])),
      allowedHosts: ["chat.example", "localhost:*", "[::1]:8443"],
      addresses: { allow: ["203.0.113.0/24", "2001:db8::1"], deny: ["203.0.113.7"] },
      clientCertificates: { ...certificates({ name: "uri", prefix: "spiffe://chat.example/" }), crlFile: "crl.pem" },
      audit: { file: "audit.jsonl", keyFile: "audit.key", source: "one" },
      webhooks: [{ url: "https://alarm.example/hook", secretFile: "secret" }],
      engine: { sqlite: { file: "channels.db", maxFileBytes: 1_000_000 } },
    };
    assert.deepEqual(problemsWith(changes), []);
  });

  it("is refused for every unknown key at once, whatever its name (R33)", () => {
    const result = load(`${stringify(good)}\n__proto__: { x: 1 }\nconstructor: 3\n`);
    assert.deepEqual(result.ok ? [] : result.problems.map(({ path }) => path), ["__proto__", "constructor"]);
    assert.equal(Object.hasOwn(Object.prototype, "x"), false);
  });

  it("is refused when it is no YAML, with the place of the mistake", () => {
    const cases: Readonly<Record<string, RegExp>> = {
      "a: [1, 2\nb: }": /not valid YAML: .*line 2/,
      "listen: {port: 1}\nlisten: {port: 2}": /not valid YAML: Map keys must be unique at line 2/,
      "a: !!js/function 'x'": /not valid YAML: Unresolved tag/,
      "": /expected keys and values at the top, got nothing/,
      "- a": /expected keys and values at the top, got a list/,
      just: /expected keys and values at the top, got a text/,
    };
    for (const [text, expected] of Object.entries(cases)) {
      const result = load(text);
      assert.equal(result.ok, false);
      assert.match(result.ok ? "" : describeProblem(result.problems[0] ?? { path: "", message: "" }), expected);
    }
  });

  it("is refused when its references would expand without bound, or it is nested without end", () => {
    const bomb = `a: &a [${"x,".repeat(9)}]\nb: &b [${"*a,".repeat(9)}]\nc: &c [${"*b,".repeat(9)}]\nd: [${"*c,".repeat(9)}]\n`;
    for (const text of [bomb, `a: ${"[".repeat(50_000)}`]) {
      const result = load(text);
      assert.equal(result.ok, false);
      assert.match(result.ok ? "" : (result.problems[0]?.message ?? ""), /alias count|call stack/);
    }
  });

  it("may use a reference (negative control)", () => {
    const text = `${stringify({ ...good, allowedOrigins: undefined })}\nallowedOrigins: &o [https://a.example]\n`;
    assert.equal(load(text).ok, true);
  });

  it("is refused when it is missing, a folder or very large", () => {
    using folder = temporaryFolder();
    const missing = loadConfiguration(folder.at("none.yaml"), {});
    assert.match(missing.ok ? "" : (missing.problems[0]?.message ?? ""), /ENOENT/);
    assert.equal(loadConfiguration(folder.path, {}).ok, false);
    writeFileSync(folder.at("large.yaml"), "# ".padEnd(300_000, "x"));
    const large = loadConfiguration(folder.at("large.yaml"), {});
    assert.match(large.ok ? "" : (large.problems[0]?.message ?? ""), /at most 262144/);
  });
});

describe("the environment", () => {
  it("goes before the file, key by key", () => {
    const result = load(stringify(good), {
      WARDWIRE_TLS__CERT_FILE: "other.pem",
      WARDWIRE_LISTEN__PORT: "8443",
      WARDWIRE_ALLOWED_ORIGINS: "https://a.example, https://b.example",
      WARDWIRE_LIMITS__MAX_JOINS: "7",
      WARDWIRE_DRY_RUN: "true",
      WARDWIRE_ADDRESSES__DENY: "203.0.113.7,2001:db8::/32",
    });
    assert.equal(result.ok, true);
    if (!result.ok) return;
    const { tls, listen, allowedOrigins, limits, dryRun, addresses } = result.configuration;
    assert.deepEqual([dryRun, addresses.deny], [true, ["203.0.113.7", "2001:db8::/32"]]);
    assert.deepEqual([tls.certFile, tls.keyFile, listen.port], ["other.pem", "key.pem", 8443]);
    assert.deepEqual(allowedOrigins, ["https://a.example", "https://b.example"]);
    assert.deepEqual(limits, { maxJoins: 7 });
  });

  it("gives a whole configuration beside an empty group of the file", () => {
    const environment = {
      WARDWIRE_TLS__CERT_FILE: "c",
      WARDWIRE_TLS__KEY_FILE: "k",
    };
    assert.deepEqual(problemsWith({ tls: null }, environment), []);
  });

  it("is refused like the file where a value is wrong", () => {
    const [problem] = problemsWith({}, { WARDWIRE_LISTEN__PORT: "http" });
    assert.match(problem ?? "", /^listen\.port: expected a port.*got a text$/);
  });

  it("is refused for a key there is none of, and left alone for other programs' variables", () => {
    const [problem] = problemsWith({}, { WARDWIRE_TLS__CRT_FILE: "x" });
    assert.match(problem ?? "", /^WARDWIRE_TLS__CRT_FILE: /);
    assert.deepEqual(problemsWith({}, { WARDWIRE_TOKEN: "x", OTHER__KEY: "y" }), []);
  });
});
