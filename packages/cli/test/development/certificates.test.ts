import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { connect, createServer } from "node:tls";
import { type Authority, loadAuthority } from "../../src/development/authority.ts";
import { openDataFolder } from "../../src/development/data-folder.ts";
import { issueServer, type KeyAndCertificate, millisecondsPerDay } from "../../src/development/issue.ts";
import { loadServerCertificate } from "../../src/development/server-certificate.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const loopback = ["localhost", "127.0.0.1", "::1"];
const now = Date.now();

interface Made {
  readonly authority: Authority;
  readonly isNew: boolean;
  readonly server: KeyAndCertificate;
}

async function make(folder: string, names: readonly string[] = loopback, nowMs: number = now): Promise<Made> {
  openDataFolder(folder);
  const { authority, isNew } = await loadAuthority(folder, names, nowMs);
  return { authority, isNew, server: await loadServerCertificate(folder, authority, names, nowMs) };
}

/** Why a TLS client that trusts `ca` and asks for `servername` refuses; undefined when it is content. */
async function handshake(server: KeyAndCertificate, ca: string, servername: string): Promise<string | undefined> {
  const listener = createServer({ cert: server.certificate, key: server.privateKey, minVersion: "TLSv1.3" });
  listener.on("tlsClientError", () => undefined).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const client = connect({ port, host: "127.0.0.1", servername, ca });
  try {
    await once(client, "secureConnect");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : "unknown";
  } finally {
    client.destroy();
    listener.close();
  }
}

describe("the development authority and certificate", () => {
  it("satisfy a TLS client that trusts ca.pem, and no other", async () => {
    using folder = temporaryFolder();
    using stranger = temporaryFolder();
    const { server } = await make(folder.path);
    const ca = readFileSync(folder.at("ca.pem"), "utf8");
    const other = (await make(stranger.path)).authority.certificate;
    assert.equal(await handshake(server, ca, "localhost"), undefined);
    assert.match((await handshake(server, ca, "chat.test")) ?? "", /does not match certificate/);
    assert.match((await handshake(server, other, "localhost")) ?? "", /unable to verify|signature failure/);
  });

  it("carry the names, ECDSA P-256 and at most 90 days (R3)", async () => {
    using folder = temporaryFolder();
    const { server, authority } = await make(folder.path, [...loopback, "chat.test", "192.0.2.7"]);
    const certificate = new X509Certificate(server.certificate);
    const issuer = new X509Certificate(authority.certificate);
    for (const name of ["localhost", "chat.test"]) assert.equal(certificate.checkHost(name), name);
    for (const address of ["127.0.0.1", "192.0.2.7"]) assert.equal(certificate.checkIP(address), address);
    assert.notEqual(certificate.checkIP("::1"), undefined);
    const days = (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / millisecondsPerDay;
    assert.equal(days, 90);
    assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
    assert.deepEqual([certificate.ca, issuer.ca], [false, true]);
    assert.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
    assert.equal(certificate.verify(issuer.publicKey), true);
  });

  it("cannot be used for other names: a certificate beyond the authority's constraints is refused", async () => {
    using folder = temporaryFolder();
    const { authority } = await make(folder.path);
    const validity = { from: new Date(now - 1_000), until: new Date(now + millisecondsPerDay) };
    for (const name of ["bank.example", "192.0.2.7"]) {
      const forged = await issueServer(authority, ["localhost", name], validity);
      assert.match((await handshake(forged, authority.certificate, "localhost")) ?? "", /permitted subtree violation/);
    }
    const honest = await issueServer(authority, ["localhost"], validity);
    assert.equal(await handshake(honest, authority.certificate, "localhost"), undefined);
  });

  it("are reused while they are good", async () => {
    using folder = temporaryFolder();
    const first = await make(folder.path);
    const second = await make(folder.path, loopback, now + 70 * millisecondsPerDay);
    assert.deepEqual([first.isNew, second.isNew], [true, false]);
    assert.deepEqual(second.server, first.server);
  });

  it("are renewed before they end: the certificate first, under the same authority", async () => {
    using folder = temporaryFolder();
    const first = await make(folder.path);
    const later = await make(folder.path, loopback, now + 75 * millisecondsPerDay);
    assert.equal(later.isNew, false);
    assert.notEqual(later.server.certificate, first.server.certificate);
    assert.notEqual(later.server.privateKey, first.server.privateKey);
    const muchLater = await make(folder.path, loopback, now + 1_000 * millisecondsPerDay);
    assert.equal(muchLater.isNew, true);
    assert.equal(readFileSync(folder.at("ca.pem"), "utf8"), muchLater.authority.certificate);
  });

  it("are made anew for a new name, and serve the old names on", async () => {
    using folder = temporaryFolder();
    await make(folder.path, [...loopback, "a.test"]);
    const second = await make(folder.path, [...loopback, "b.test"]);
    assert.equal(second.isNew, true);
    assert.deepEqual(second.authority.names, [...loopback, "a.test", "b.test"]);
    assert.equal(await handshake(second.server, second.authority.certificate, "b.test"), undefined);
    const third = await make(folder.path, [...loopback, "a.test"]);
    assert.equal(third.isNew, false);
    assert.equal(await handshake(third.server, third.authority.certificate, "a.test"), undefined);
  });

  it("allow for more names than fit a short length field", async () => {
    using folder = temporaryFolder();
    const many = Array.from({ length: 40 }, (_, index) => `host-${index}.example.test`);
    const { server, authority } = await make(folder.path, [...loopback, ...many]);
    assert.equal(await handshake(server, authority.certificate, "host-39.example.test"), undefined);
  });

  it("are one authority when two gateways start together", async () => {
    using folder = temporaryFolder();
    const [a, b] = await Promise.all([make(folder.path), make(folder.path)]);
    assert.equal(a.authority.certificate, b.authority.certificate);
  });

  it("lie in files only the owner can read", async () => {
    using folder = temporaryFolder();
    await make(folder.at("data"));
    assert.deepEqual(readdirSync(folder.at("data")).sort(), ["authority.json", "ca.pem", "server.pem"]);
    for (const name of readdirSync(folder.at("data"))) {
      assert.equal(statSync(folder.at(`data/${name}`)).mode & 0o777, 0o600, name);
    }
  });

  it("are refused when others can read the key", async () => {
    using folder = temporaryFolder();
    await make(folder.path);
    for (const name of ["authority.json", "server.pem"]) {
      chmodSync(folder.at(name), 0o644);
      await assert.rejects(make(folder.path), { code: "configuration", message: /chmod 600/ });
      chmodSync(folder.at(name), 0o600);
    }
  });

  it("are refused with advice when the authority's file is damaged; a damaged certificate is replaced", async () => {
    using folder = temporaryFolder();
    const { server } = await make(folder.path);
    writeFileSync(folder.at("server.pem"), "rubbish");
    assert.notEqual((await make(folder.path)).server.certificate, server.certificate);
    writeFileSync(folder.at("authority.json"), "{}");
    await assert.rejects(make(folder.path), {
      code: "configuration",
      message: /authority\.json is damaged: delete it/,
    });
  });
});
