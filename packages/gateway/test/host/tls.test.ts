import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import { type AddressInfo, createConnection } from "node:net";
import { describe, test } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import type { TlsListenOptions } from "../../src/host/listen-options.ts";
import { nodeHost } from "../../src/host/node.ts";
import type { UpgradeRequest } from "../../src/host/socket-host.ts";
import { TestAuthority } from "./certificates.ts";
import { handshake, RawClient } from "./raw-client.ts";
import { TestHost, type TestHostOptions, testLimits } from "./test-host.ts";

const authority = await TestAuthority.create();
const certified = await authority.issue({
  dnsNames: ["localhost", "*.rooms.example"],
  ipAddresses: ["127.0.0.1"],
});
const client: ConnectionOptions = { ca: authority.cert, servername: "localhost" };

function start(tls: Partial<TlsListenOptions> = {}, options?: TestHostOptions): Promise<TestHost> {
  return TestHost.start(nodeHost, { tls: { ...certified, ...tls }, client }, options);
}

/** A finished TLS handshake; rejects with what the client saw. */
async function connectTo(host: TestHost, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port: host.port, host: "127.0.0.1", ...client, ...options });
  await once(socket, "secureConnect");
  socket.on("error", () => {});
  return socket;
}

/** What one handshake settled. */
async function negotiate(host: TestHost, options: ConnectionOptions = {}): Promise<string> {
  const socket = await connectTo(host, options);
  const settled = `${socket.getProtocol()} ${groupOf(socket)}`;
  socket.destroy();
  return settled;
}

function groupOf(socket: TLSSocket): string {
  const key = socket.getEphemeralKeyInfo();
  return (key !== null && "name" in key && key.name) || "none";
}

/** A second connection that offers the session of the first, where the first was given one. */
async function connectTwice(host: TestHost, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const first = connect({ port: host.port, host: "127.0.0.1", ...client, ...options });
  const sessions: Buffer[] = [];
  first.on("session", (session) => sessions.push(session));
  first.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  // Tickets come before the first answer.
  await once(first, "data");
  first.destroy();
  const session = sessions.at(-1);
  return connectTo(host, { ...options, ...(session && { session }) });
}

const alert = (name: string) => ({ code: new RegExp(`ALERT_${name}|${name}`) });

describe("the TLS profiles", { timeout: 20_000 }, () => {
  test("modern is the default and settles X25519MLKEM768 over TLS 1.3 with a Node client (R4)", async () => {
    await using host = await start();
    assert.equal(await negotiate(host), "TLSv1.3 X25519MLKEM768");
  });

  test("modern refuses TLS 1.2; intermediate takes it (R2)", async () => {
    await using modern = await start({ profile: "modern" });
    await assert.rejects(negotiate(modern, { maxVersion: "TLSv1.2" }), alert("PROTOCOL_VERSION"));
    await using intermediate = await start({ profile: "intermediate" });
    assert.match(await negotiate(intermediate, { maxVersion: "TLSv1.2" }), /^TLSv1\.2 /);
    assert.equal(await negotiate(intermediate), "TLSv1.3 X25519MLKEM768");
  });

  test("intermediate refuses TLS 1.1 (R2)", async () => {
    await using host = await start({ profile: "intermediate" });
    const old: ConnectionOptions = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
    await assert.rejects(negotiate(host, old), alert("PROTOCOL_VERSION"));
  });

  test("intermediate takes its ECDSA suites of TLS 1.2 and no other (R3)", async () => {
    await using host = await start({ profile: "intermediate" });
    const offer = (ciphers: string) => connectTo(host, { maxVersion: "TLSv1.2", ciphers });
    for (const suite of ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"]) {
      const socket = await offer(`ECDHE-ECDSA-${suite}`);
      assert.equal(socket.getCipher().name, `ECDHE-ECDSA-${suite}`);
      socket.destroy();
    }
    for (const suite of ["ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-CCM"]) {
      await assert.rejects(offer(suite), alert("HANDSHAKE_FAILURE"));
    }
  });

  test("lets the client's order of suites decide (R3)", async () => {
    await using host = await start();
    for (const first of ["TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"]) {
      const socket = await connectTo(host, { ciphers: `${first}:TLS_AES_256_GCM_SHA384` });
      assert.equal(socket.getCipher().standardName, first);
      socket.destroy();
    }
  });

  test("takes the four groups of the guidelines and no other (R3)", async () => {
    await using host = await start();
    for (const group of ["X25519MLKEM768", "X25519", "prime256v1", "secp384r1"]) {
      assert.equal(await negotiate(host, { ecdhCurve: group }), `TLSv1.3 ${group}`);
    }
    for (const group of ["secp521r1", "X448", "ffdhe2048", "SecP256r1MLKEM768"]) {
      await assert.rejects(negotiate(host, { ecdhCurve: group }), alert("HANDSHAKE_FAILURE"));
    }
  });

  test("asks for a post-quantum share when the client's first guess was X25519 (R4)", async () => {
    await using host = await start();
    assert.equal(await negotiate(host, { ecdhCurve: "X25519:X25519MLKEM768" }), "TLSv1.3 X25519MLKEM768");
  });

  test("postQuantum required refuses X25519 and TLS 1.2, and tells the group to the gateway (R4)", async () => {
    await using host = await start({ profile: "intermediate", postQuantum: "required" });
    await assert.rejects(negotiate(host, { ecdhCurve: "X25519:prime256v1" }), alert("HANDSHAKE_FAILURE"));
    await assert.rejects(negotiate(host, { maxVersion: "TLSv1.2" }), alert("PROTOCOL_VERSION"));
    await using peer = await host.connect();
    await peer.open();
    const { tls } = await host.requests.next();
    assert.deepEqual(tls, { protocol: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", group: "X25519MLKEM768" });
  });

  test("tells protocol and suite by their IANA names to the gateway", async () => {
    await using host = await start({ profile: "intermediate" });
    const options = { ...client, maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" } as const;
    await using peer = await RawClient.connect(host.port, options);
    await peer.open();
    const cipher = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
    assert.deepEqual((await host.requests.next()).tls, { protocol: "TLSv1.2", cipher });
  });

  test("refuses renegotiation by the client (R5)", async () => {
    await using host = await start({ profile: "intermediate" });
    const socket = await connectTo(host, { maxVersion: "TLSv1.2" });
    const error = await new Promise<Error | null>((resolve) => {
      socket.once("error", resolve);
      socket.renegotiate({}, resolve);
    });
    assert.match(String(error), /no renegotiation/i);
    socket.destroy();
  });

  test("resumes by ticket, with a fresh key share (R8)", async () => {
    await using host = await start();
    const resumed = await connectTwice(host);
    assert.equal(resumed.isSessionReused(), true);
    assert.equal(groupOf(resumed), "X25519MLKEM768");
    resumed.destroy();
  });
});

describe("ALPN and SNI", { timeout: 20_000 }, () => {
  test("an ALPN offer without http/1.1 ends with no_application_protocol (R6)", async () => {
    await using host = await start();
    for (const offer of [["foo"], ["h2"], ["http/1.0", "h3"]]) {
      await assert.rejects(negotiate(host, { ALPNProtocols: offer }), alert("NO_APPLICATION_PROTOCOL"));
    }
    const socket = await connectTo(host, { ALPNProtocols: ["h2", "http/1.1"] });
    assert.equal(socket.alpnProtocol, "http/1.1");
    socket.destroy();
  });

  test("an unknown server name ends with unrecognized_name, in both protocols (R6)", async () => {
    await using host = await start({ profile: "intermediate" });
    for (const maxVersion of ["TLSv1.3", "TLSv1.2"] as const) {
      await assert.rejects(negotiate(host, { servername: "mail.example", maxVersion }), alert("UNRECOGNIZED_NAME"));
    }
    const { what, code, remoteAddress } = await host.problems.next();
    assert.match(what, /mail\.example/);
    assert.deepEqual([code, remoteAddress], ["unknown-server-name", "127.0.0.1"]);
  });

  test("the names of the certificate are known, wildcards included", async () => {
    await using host = await start();
    for (const servername of ["localhost", "LOCALHOST", "tea.rooms.example"]) {
      assert.match(await negotiate(host, { servername }), /^TLSv1\.3/);
    }
    for (const servername of [
      "rooms.example",
      "a.tea.rooms.example",
      ".rooms.example",
      "localhost.evil.example",
      "x\0localhost",
    ]) {
      // Not verified here, so that only the server's own refusal can end it.
      await assert.rejects(negotiate(host, { servername, rejectUnauthorized: false }), { code: /./ });
    }
  });

  test("serverNames come instead of the names of the certificate", async () => {
    await using host = await start({ serverNames: ["Tea.rooms.example"] });
    assert.match(await negotiate(host, { servername: "tea.rooms.example" }), /^TLSv1\.3/);
    await assert.rejects(negotiate(host, { servername: "localhost" }), alert("UNRECOGNIZED_NAME"));
  });

  test("a client without SNI is served (R6)", async () => {
    await using host = await start();
    assert.match(await negotiate(host, { servername: "" }), /^TLSv1\.3/);
  });

  test("a thousand hostile names leave the host at work (R7)", async () => {
    await using host = await start();
    for (let i = 0; i < 1_000; i += 50) {
      const batch = Array.from({ length: 50 }, (_, j) => `${"x".repeat((i + j) % 63)}${i + j}.__proto__.example`);
      const outcomes = await Promise.allSettled(batch.map((servername) => negotiate(host, { servername })));
      assert.ok(outcomes.every(({ status }) => status === "rejected"));
    }
    assert.match(await negotiate(host), /^TLSv1\.3/);
  });
});

describe("client certificates", { timeout: 20_000 }, () => {
  const certificateOf = async () => {
    const issued = await authority.issue({ dnsNames: ["service.example"] });
    return { issued, options: { ...client, cert: issued.cert, key: issued.key } };
  };

  test("a verified one reaches the gateway in DER (R11)", async () => {
    await using host = await start({ clientAuthority: authority.cert });
    const { issued, options } = await certificateOf();
    await using peer = await RawClient.connect(host.port, options);
    await peer.open();
    const { tls } = await host.requests.next();
    const der = Buffer.from(issued.cert.replace(/-----[^-]+-----|\s/g, ""), "base64");
    assert.deepEqual(Buffer.from(tls?.clientCertificate ?? []), der);
  });

  test("is not asked for without an authority", async () => {
    await using host = await start();
    const { options } = await certificateOf();
    await using peer = await RawClient.connect(host.port, options);
    await peer.open();
    assert.equal((await host.requests.next()).tls?.clientCertificate, undefined);
  });

  for (const clientCertificate of ["required", "optional"] as const) {
    test(`one of another authority is refused when it is ${clientCertificate} (R11)`, async () => {
      await using host = await start({ clientAuthority: authority.cert, clientCertificate });
      const stranger = await (await TestAuthority.create("Another authority")).issue();
      // With TLS 1.3 the client has finished its handshake before the server judges it.
      await using peer = await RawClient.connect(host.port, { ...client, ...stranger });
      peer.write(handshake());
      assert.equal((await peer.readToEnd()).toString(), "");
      assert.equal(host.requests.all.length, 0);
    });
  }

  test("none is refused when it is required and passes when it is optional (R11)", async () => {
    await using required = await start({ clientAuthority: authority.cert });
    await using refused = await RawClient.connect(required.port, client);
    refused.write(handshake());
    assert.equal((await refused.readToEnd()).toString(), "");
    await using optional = await start({ clientAuthority: authority.cert, clientCertificate: "optional" });
    await using peer = await optional.connect();
    await peer.open();
    assert.equal((await optional.requests.next()).tls?.clientCertificate, undefined);
  });

  test("an unverified one that a server of one's own lets pass is not told to the gateway (R11)", async () => {
    const recorder = new TestHost({ tls: "none" }, {});
    const asked: UpgradeRequest[] = [];
    const upgrade = (request: UpgradeRequest) => {
      asked.push(request);
      return recorder.accept();
    };
    const host = nodeHost({ upgrade, problem: () => {} }, testLimits);
    // An application's own server that asks for certificates and lets unverified ones pass.
    const lax = { requestCert: true, rejectUnauthorized: false, ca: authority.cert };
    const server = createServer({ ...certified, ...lax })
      .on("upgrade", host.handleUpgrade)
      .listen(0, "127.0.0.1");
    await once(server, "listening");
    const { options } = await certificateOf();
    const stranger = await (await TestAuthority.create("Another authority")).issue();
    for (const own of [options, { ...client, ...stranger }]) {
      await using peer = await RawClient.connect((server.address() as AddressInfo).port, own);
      await peer.open();
    }
    server.close();
    assert.deepEqual(
      asked.map(({ tls }) => tls?.clientCertificate !== undefined),
      [true, false],
    );
  });

  test("a session is not resumed, so that every connection proves its key again", async () => {
    await using host = await start({ profile: "intermediate", clientAuthority: authority.cert });
    const { options } = await certificateOf();
    for (const maxVersion of ["TLSv1.3", "TLSv1.2"] as const) {
      const second = await connectTwice(host, { ...options, maxVersion });
      assert.equal(second.isSessionReused(), false);
      second.destroy();
    }
  });
});

describe("failed TLS handshakes and bad certificates", { timeout: 20_000 }, () => {
  test("plain HTTP on a TLS port is cut off and told as a problem", async () => {
    await using host = await start();
    await using plain = await RawClient.connect(host.port);
    plain.write(handshake());
    const { what, remoteAddress } = await host.problems.next();
    assert.match(what, /http request/i);
    assert.equal(remoteAddress, "127.0.0.1");
    await plain.closed;
  });

  test("a silent peer is cut off at handshakeTimeoutMs (R18)", async () => {
    await using host = await start({}, { limits: { handshakeTimeoutMs: 60 } });
    const socket = createConnection({ port: host.port, host: "127.0.0.1" });
    await once(socket.resume(), "close");
    assert.equal((await host.problems.next()).code, "ERR_TLS_HANDSHAKE_TIMEOUT");
  });

  const broken: readonly (readonly [string, () => Promise<Partial<TlsListenOptions>>])[] = [
    ["no PEM", async () => ({ cert: "hello" })],
    ["another's key", async () => ({ key: (await authority.issue()).key })],
    ["no subject alternative name", () => authority.issue()],
    [
      "an expired certificate",
      () => authority.issue({ dnsNames: ["localhost"], notAfter: new Date(Date.now() - 1_000) }),
    ],
    ["an authority that is no PEM", async () => ({ clientAuthority: "hello" })],
    ["a chain that is cut off", async () => ({ cert: `${certified.cert}-----BEGIN CERTIFICATE-----\nMIIB` })],
  ];
  for (const [what, options] of broken) {
    test(`does not start with ${what}`, async () => {
      await assert.rejects(start(await options()), { name: "GatewayError", code: "bad-certificate" });
    });
  }
});
