import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { nodeHost } from "../../packages/gateway/src/host/node.ts";
import type { TlsProfile } from "../../packages/gateway/src/host/tls-profile.ts";
import { type Certified, TestAuthority } from "../../packages/gateway/test/host/certificates.ts";
import { testLimits } from "../../packages/gateway/test/host/test-host.ts";

/**
 * What another implementation finds a host to offer. Debian's sslscan is built on OpenSSL 3.0 and does not know ML-KEM:
 * that X25519MLKEM768 comes first is tested by packages/gateway/test/host/tls.test.ts. Its list of groups of TLS 1.2
 * names only the one it happened to settle, so that groups are compared for TLS 1.3, which has the same list.
 */
interface Offer {
  readonly protocols: readonly string[];
  readonly suites: readonly string[];
  readonly groups: readonly string[];
}

const tls13Suites = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
const tls12Suites = (key: "ECDSA" | "RSA") =>
  ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"].map((suite) => `ECDHE-${key}-${suite}`);
const groups = ["secp256r1", "secp384r1", "x25519"];

const modern: Offer = { protocols: ["tls1.3"], suites: tls13Suites, groups };
const intermediate = (key: "ECDSA" | "RSA"): Offer => ({
  protocols: ["tls1.2", "tls1.3"],
  suites: [...tls12Suites(key), ...tls13Suites],
  groups,
});

const installed = spawnSync("sslscan", ["--version"]).status === 0;
const skip = installed ? false : "sslscan is not installed; run: node tools/system-packages.ts";

describe("the Node host seen by sslscan", { timeout: 60_000 }, () => {
  test("modern offers exactly its protocols, suites and groups (R2, R3)", { skip }, async () => {
    assert.deepEqual(await scanHost("modern", await issue(false)), modern);
  });

  test("intermediate offers exactly its protocols, suites and groups with an ECDSA key (R2, R3)", {
    skip,
  }, async () => {
    assert.deepEqual(await scanHost("intermediate", await issue(false)), intermediate("ECDSA"));
  });

  test("intermediate offers exactly its protocols, suites and groups with an RSA key (R2, R3)", { skip }, async () => {
    assert.deepEqual(await scanHost("intermediate", await issue(true)), intermediate("RSA"));
  });

  test("the comparison fails for a server with Node's defaults", { skip }, async () => {
    const server = createServer(await issue(false)).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const offer = await scan((server.address() as AddressInfo).port);
      assert.notDeepEqual(offer.suites, intermediate("ECDSA").suites);
      assert.notDeepEqual(offer.groups, groups);
      assert.ok(offer.suites.includes("ECDHE-ECDSA-AES128-SHA"));
    } finally {
      server.close();
    }
  });
});

async function issue(rsa: boolean): Promise<Certified> {
  return (await TestAuthority.create()).issue({ dnsNames: ["localhost"], rsa });
}

async function scanHost(profile: TlsProfile, certified: Certified): Promise<Offer> {
  const handlers = { upgrade: () => assert.fail("sslscan opened a WebSocket"), problem: () => {} };
  const hosts = [{ address: "127.0.0.1" }];
  const host = await nodeHost(handlers, testLimits).listen({ port: 0, hosts, tls: { ...certified, profile } });
  try {
    return await scan(host.addresses[0]?.port ?? 0);
  } finally {
    await host.close();
  }
}

async function scan(port: number): Promise<Offer> {
  const target = ["--xml=-", "--sni-name=localhost", `127.0.0.1:${port}`];
  const { stdout } = await promisify(execFile)("sslscan", target, { timeout: 30_000 });
  const find = (pattern: RegExp) => [...stdout.matchAll(pattern)].map((match) => match.slice(1).join("")).sort();
  return {
    protocols: find(/<protocol type="(\w+)" version="([\d.]+)" enabled="1"/g),
    suites: find(/<cipher status="(?:preferred|accepted)"[^>]* cipher="([^"]+)"/g),
    groups: find(/<group sslversion="TLSv1\.3"[^>]* name="(\w+)/g),
  };
}
