import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Program } from "../end-to-end/fixtures/program.ts";
import { DevelopmentGateway } from "../end-to-end/fixtures/wardwire.ts";

/** The global WebSocket takes no authority of its own: the process has to be started with one. */
const session = join(import.meta.dirname, "node-websocket-session.ts");

test("Node's own WebSocket runs a session, with the token in the handshake and in connect", {
  timeout: 30_000,
}, async () => {
  await using gateway = await DevelopmentGateway.start();
  const env = {
    NODE_EXTRA_CA_CERTS: gateway.caFile,
    URL: gateway.socket,
    ORIGIN: gateway.origin,
    TOKEN: await gateway.token("alice", "--device", "phone"),
  };
  for (const credential of ["authorization", "connect"]) {
    await using program = new Program(process.execPath, [session, credential], { env });
    const { code, stdout, stderr } = await program.ended;
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout);
    assert.equal(report.protocol, "wardwire.v1.json");
    assert.equal(report.extensions, "");
    for (const type of ["connected", "joined", "message", "published", "result", "notification"]) {
      assert.ok(report.types.includes(type), `${type} is missing`);
    }
    assert.deepEqual(report.from, { user: "alice", device: "phone" });
    assert.deepEqual(report.closed, { code: 1000, wasClean: true });
  }
});

test("Node's own WebSocket does not connect where nobody vouches for the certificate", {
  timeout: 30_000,
}, async () => {
  await using gateway = await DevelopmentGateway.start();
  const env = {
    NODE_EXTRA_CA_CERTS: undefined,
    URL: gateway.socket,
    ORIGIN: gateway.origin,
    TOKEN: await gateway.token("alice"),
  };
  await using program = new Program(process.execPath, [session, "authorization"], { env });
  const { code, stdout } = await program.ended;
  assert.notEqual(code, 0);
  assert.equal(stdout, "");
});
