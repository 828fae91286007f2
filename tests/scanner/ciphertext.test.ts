import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { describe, test } from "node:test";
import type { Verdict } from "../../packages/scanner/src/check.ts";
import { ciphertext } from "../../packages/scanner/src/checks/tls/ciphertext.ts";
import { Endpoint } from "../../packages/scanner/src/endpoint.ts";
import { ByteStream } from "../../packages/scanner/src/raw/byte-stream.ts";
import { resolveOptions } from "../../packages/scanner/src/scan-options.ts";
import { parseTarget } from "../../packages/scanner/src/target.ts";
import { certify } from "../../packages/scanner/test/certificate.ts";
import { host } from "./weak/handshake.ts";
import { weakServer } from "./weak/weak-server.ts";

/** An endpoint whose TLS is taken off before the wire. */
class TakenOff extends Endpoint {
  override async tlsOver(wrap: (socket: Socket) => Duplex): Promise<ByteStream> {
    const socket = connect(this.settings.connectTo?.port ?? 0, "127.0.0.1");
    await once(socket, "connect");
    return new ByteStream(wrap(socket));
  }
}

/** What the check says about an endpoint of this kind. */
async function judge(Kind: typeof Endpoint, transport: "tls" | "plain"): Promise<Verdict> {
  await using server = await weakServer(await certify({ dnsNames: [host] }), { transport });
  const settings = resolveOptions({ connectTo: { host: "127.0.0.1", port: server.port } });
  const endpoint = new Kind(parseTarget(`wss://${host}/ws`), settings, new AbortController().signal);
  return await ciphertext.run({ endpoint });
}

describe("what goes over the wire", { timeout: 30_000 }, () => {
  test("is a critical fault where a canary can be read below TLS (WW-TLS-02, R1)", async () => {
    const { status, evidence } = await judge(TakenOff, "plain");
    assert.equal(status, "fail");
    assert.match(evidence, /^the canary is readable on the wire \(\d+ bytes sent, \d+ received\)$/);
    assert.equal(ciphertext.severity, "critical");
  });

  test("is none where it is records of TLS (WW-TLS-02, R1)", async () => {
    const { status, evidence } = await judge(Endpoint, "tls");
    assert.equal(status, "pass");
    assert.match(evidence, /all in \d+ TLS records; canary not found$/);
  });
});
