import "reflect-metadata";
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import * as x509 from "@peculiar/x509";
import { type ClientError, connect } from "@wardwire/client";
import { nodeSocket } from "@wardwire/client/node";
import { type Certified, TestAuthority } from "../../packages/gateway/test/host/certificates.ts";
import { DemoService } from "./fixtures/demo-service.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

describe("the client looks at the gateway's certificate and", { timeout: 30_000 }, () => {
  test("takes one for the name it connects to, from the authority it trusts", async () => {
    const authority = await TestAuthority.create();
    const outcome = await connecting(authority, await authority.issue({ dnsNames: ["localhost"] }));
    assert.equal(outcome, "connected");
  });

  const refused: readonly [what: string, issue: (authority: TestAuthority) => Promise<Certified>][] = [
    ["a self-signed one", () => selfSigned()],
    [
      "one of an authority it does not know",
      async () => (await TestAuthority.create()).issue({ dnsNames: ["localhost"] }),
    ],
    [
      "one that has expired",
      (authority) => authority.issue({ dnsNames: ["localhost"], notAfter: new Date(Date.now() - hourMs) }),
    ],
    [
      "one that is not valid yet",
      (authority) => authority.issue({ dnsNames: ["localhost"], notBefore: new Date(Date.now() + hourMs) }),
    ],
    ["one for another name", (authority) => authority.issue({ dnsNames: ["localhost.example"] })],
    ["one for no name at all", (authority) => authority.issue()],
  ];
  for (const [what, issue] of refused) {
    test(`refuses ${what}`, async () => {
      const authority = await TestAuthority.create();
      const outcome = await connecting(authority, await issue(authority));
      assert.equal(outcome, "certificate-refused");
    });
  }

  test("refuses it even where NODE_TLS_REJECT_UNAUTHORIZED=0 asks to look away", async () => {
    const authority = await TestAuthority.create();
    const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      assert.equal(await connecting(authority, await selfSigned()), "certificate-refused");
    } finally {
      if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    }
  });
});

describe("the client refuses a URL", () => {
  const urls: readonly [url: string, code: string][] = [
    ["ws://chat.example/ws", "insecure-url"],
    ["https://chat.example/ws", "invalid-url"],
    ["wss://alice:secret@chat.example/ws", "invalid-url"],
    ["chat.example", "invalid-url"],
  ];
  for (const [url, code] of urls) {
    test(`${url} with ${code}, without asking for a token`, async () => {
      const token = () => assert.fail("the token was asked for");
      await assert.rejects(connect(url, { token }), { code });
    });
  }
});

/**
 * How a client that trusts `authority` fares with a gateway behind this certificate. The gateway itself would not listen
 * with a bad one, so an HTTPS server of the application hands its upgrades over.
 */
async function connecting(authority: TestAuthority, certificate: Certified): Promise<string> {
  await using service = await DemoService.start();
  const server = createServer(certificate).on("upgrade", service.gateway.handleUpgrade);
  await once(server.listen(0, "localhost"), "listening");
  try {
    const { port } = server.address() as AddressInfo;
    const client = await connect(`wss://localhost:${port}/ws`, {
      token: await service.tokens.token("alice"),
      socket: nodeSocket({ ca: authority.cert }),
      reconnect: false,
    });
    await client.close();
    return "connected";
  } catch (error) {
    return (error as ClientError).code;
  } finally {
    server.close();
  }
}

/** A certificate for localhost that is its own authority. */
async function selfSigned(): Promise<Certified> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=localhost",
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + dayMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: "localhost" }])],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: certificate.toString("pem"), key: x509.PemConverter.encode(pkcs8, "PRIVATE KEY") };
}
