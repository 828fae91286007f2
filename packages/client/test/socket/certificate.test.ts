import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { jsonCodec } from "@wardwire/wire/json";
import { connect } from "../../src/connect.ts";
import { nodeSocket } from "../../src/socket/node-socket.ts";
import { type ServerCertificate, selfSigned, testAuthority } from "../support/certificates.ts";
import { FakeGateway } from "../support/fake-gateway.ts";

const authority = await testAuthority();
const hourMs = 3_600_000;

async function listen(t: TestContext, tls: ServerCertificate): Promise<{ gateway: FakeGateway; url: string }> {
  const gateway = new FakeGateway({ codec: jsonCodec, tls });
  return { gateway, url: `wss://localhost:${await gateway.listen(t)}/ws` };
}

test("takes a certificate of an authority it was given (R57)", async (t) => {
  const { gateway, url } = await listen(t, await authority.issue("localhost"));
  const client = await connect(url, { token: "secret", socket: nodeSocket({ ca: authority.ca }) });
  assert.equal(client.state.phase, "connected");
  await client.close();
  assert.equal(gateway.requests.length, 1);
});

for (const [name, certificate, code] of [
  ["a self-signed certificate", () => selfSigned("localhost"), "DEPTH_ZERO_SELF_SIGNED_CERT"],
  [
    "an expired certificate",
    () => authority.issue("localhost", { from: new Date(Date.now() - 2 * hourMs), to: new Date(Date.now() - hourMs) }),
    "CERT_HAS_EXPIRED",
  ],
  [
    "a certificate that is not valid yet",
    () => authority.issue("localhost", { from: new Date(Date.now() + hourMs), to: new Date(Date.now() + 2 * hourMs) }),
    "CERT_NOT_YET_VALID",
  ],
  ["a certificate for another name", () => authority.issue("chat.example"), "ERR_TLS_CERT_ALTNAME_INVALID"],
] as const) {
  test(`refuses ${name}, sends no token and does not try again (R57)`, async (t) => {
    const { gateway, url } = await listen(t, await certificate());
    const connecting = connect(url, { token: "secret", socket: nodeSocket({ ca: authority.ca }) });
    await assert.rejects(connecting, (error: Error & { code?: string }) => {
      assert.equal(error.code, "certificate-refused");
      assert.equal((error.cause as NodeJS.ErrnoException).code, code);
      return true;
    });
    assert.equal(gateway.requests.length, 0);
  });
}

test("refuses an authority it was not given (R57)", async (t) => {
  const { gateway, url } = await listen(t, await authority.issue("localhost"));
  await assert.rejects(connect(url, { token: "secret" }), { code: "certificate-refused" });
  assert.equal(gateway.requests.length, 0);
});

test("NODE_TLS_REJECT_UNAUTHORIZED=0 does not switch verification off (R57)", async (t) => {
  const { gateway, url } = await listen(t, await selfSigned("localhost"));
  const program = `
    import { connect } from ${JSON.stringify(new URL("../../src/connect.ts", import.meta.url).href)};
    await connect(${JSON.stringify(url)}, { token: "secret" }).then(
      () => console.log("connected"),
      (error) => console.log(error.code),
    );`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@wardwire/source", "--input-type=module", "--eval", program],
    { env: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: "0" } },
  );
  assert.equal(stdout.trim(), "certificate-refused");
  assert.equal(gateway.requests.length, 0);
});
