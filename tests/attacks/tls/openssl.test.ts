import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { nodeHost } from "../../../packages/gateway/src/host/node.ts";
import { type Certified, TestAuthority } from "../../../packages/gateway/test/host/certificates.ts";
import { TestHost } from "../../../packages/gateway/test/host/test-host.ts";
import { Openssl, withoutOpenssl } from "./openssl-program.ts";

/** SSL_OP_NO_EXTENDED_MASTER_SECRET, which Node's constants leave out. */
const noExtendedMasterSecret = 1;

const request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const anAnswer = /HTTP\/1\.1 404|hello/;

describe("TLS seen by openssl", { skip: withoutOpenssl, timeout: 30_000 }, () => {
  let certificate: Certified;
  let folder: string;
  before(async () => {
    certificate = await (await TestAuthority.create()).issue({ dnsNames: ["localhost"] });
    folder = await mkdtemp(join(tmpdir(), "wardwire-openssl-"));
    await writeFile(join(folder, "cert.pem"), certificate.cert);
    await writeFile(join(folder, "key.pem"), certificate.key);
    await writeFile(join(folder, "early"), request);
  });
  after(() => rm(folder, { recursive: true }));

  const start = (profile: "modern" | "intermediate") => TestHost.start(nodeHost, { tls: { ...certificate, profile } });
  const client = (port: number, ...args: string[]) =>
    new Openssl("s_client", "-connect", `127.0.0.1:${port}`, "-servername", "localhost", ...args);

  test("TLS 1.2 has an extended master secret, and neither version compresses (R5, RFC 7627)", async () => {
    await using host = await start("intermediate");
    await using tls12 = client(host.port, "-tls1_2", "-comp");
    const said = await tls12.said(/Extended master secret: \w+/);
    assert.match(said, /Protocol *: TLSv1\.2/);
    assert.match(said, /Extended master secret: yes/);
    assert.match(said, /^Compression: NONE$/m);
    await using tls13 = client(host.port, "-tls1_3", "-comp");
    assert.match(await tls13.said(/^Early data/m), /^Compression: NONE$/m);
  });

  test("negative control: openssl tells a server without an extended master secret", async () => {
    const server = createServer({ ...certificate, minVersion: "TLSv1.2", secureOptions: noExtendedMasterSecret });
    await once(server.listen(0, "127.0.0.1"), "listening");
    await using tls12 = client((server.address() as AddressInfo).port, "-tls1_2");
    assert.match(await tls12.said(/Extended master secret: \w+/), /Extended master secret: no/);
    server.closeAllConnections();
    server.close();
  });

  /** What becomes of early data in a session that is resumed, and how much of it the ticket allows. */
  async function resumeWithEarlyData(port: number): Promise<string> {
    const session = join(folder, "session.pem");
    await using first = client(port, "-tls1_3", "-sess_out", session);
    // Node sends its tickets with its first answer.
    first.say(request);
    await first.said(anAnswer);
    const [, allowed = ""] = /Max Early Data: (\d+)/.exec(await first.quit()) ?? [];
    await using second = client(port, "-tls1_3", "-sess_in", session, "-early_data", join(folder, "early"));
    const said = await second.said(/^Early data was .+$/m);
    assert.match(said, /^Reused, TLSv1\.3/m);
    return `${/^Early data was (.+)$/m.exec(said)?.[1]}, ${allowed} bytes allowed`;
  }

  test("a session is resumed, and without 0-RTT (R8, RFC 8446 §8)", async () => {
    for (const profile of ["modern", "intermediate"] as const) {
      await using host = await start(profile);
      assert.equal(await resumeWithEarlyData(host.port), "not sent, 0 bytes allowed");
    }
  });

  test("negative control: a server with 0-RTT takes early data", async () => {
    const files = ["-cert", join(folder, "cert.pem"), "-key", join(folder, "key.pem")];
    // It tells a replayed ticket from a fresh one by default, which is not what is tried.
    await using server = new Openssl("s_server", "-accept", "127.0.0.1:0", ...files, "-early_data", "-no_anti_replay");
    const [, port] = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(await server.said(/ACCEPT 127\.0\.0\.1:\d+/)) ?? [];
    server.say("hello\n");
    assert.equal(await resumeWithEarlyData(Number(port)), "accepted, 16384 bytes allowed");
  });
});
