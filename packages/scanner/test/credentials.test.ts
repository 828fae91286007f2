import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Endpoint } from "../src/endpoint.ts";
import { scan } from "../src/scan.ts";
import { resolveOptions, type ScanOptions } from "../src/scan-options.ts";
import { parseTarget } from "../src/target.ts";
import { certify } from "./certificate.ts";
import { type HostileServer, hostileTls, onRequest, switching } from "./hostile-server.ts";

const own = await certify();
const secrets = { token: "aaaaaaaa.bbbbbbbb.cccccccc", cookie: "session=s3cr3t-cookie", header: "s3cr3t-header" };
const options: ScanOptions = {
  token: secrets.token,
  cookie: secrets.cookie,
  headers: [["X-Key", secrets.header]],
  answerTimeoutMs: 400,
  connectionsPerSecond: 500,
};

/** A server that keeps every head it is sent, and echoes it in a header of its answer. */
async function listener(): Promise<{ readonly server: HostileServer; readonly heads: string[] }> {
  const heads: string[] = [];
  const server = await hostileTls(own, (socket) =>
    onRequest(socket, (head) => {
      heads.push(head);
      const echo = `Server: ${head.replaceAll(/[\r\n]+/g, " | ")}\r\n\r\n`;
      socket.write(
        head.includes("Upgrade") ? switching(head) : `HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n${echo}`,
      );
    }),
  );
  return { server, heads };
}

describe("credentials", { timeout: 60_000 }, () => {
  test("go to a server whose certificate is trusted, and are in no finding (R53)", async () => {
    const { server, heads } = await listener();
    await using _server = server;
    const report = await scan(`wss://127.0.0.1:${server.port}/ws`, { ...options, ca: own.cert });
    for (const secret of Object.values(secrets)) {
      assert.ok(
        heads.some((head) => head.includes(secret)),
        secret,
      );
      assert.ok(!JSON.stringify(report).includes(secret), secret);
    }
  });

  test("are kept back from one whose certificate is not, which is said (R57)", async () => {
    const { server, heads } = await listener();
    await using _server = server;
    const report = await scan(`wss://127.0.0.1:${server.port}/ws`, options);
    assert.ok(heads.length > 20);
    for (const secret of Object.values(secrets)) assert.ok(!heads.some((head) => head.includes(secret)), secret);
    const established = report.findings.find(({ id }) => id === "WW-HANDSHAKE-01");
    assert.match(
      established?.sent ?? "",
      /without credentials: the certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED/,
    );
  });

  test("are looked after on every connection, since another server may answer the next one (R57)", async () => {
    const { server, heads } = await listener();
    await using _server = server;
    const target = parseTarget(`wss://127.0.0.1:${server.port}/ws`);
    const { signal } = new AbortController();
    const endpoint = new Endpoint(target, resolveOptions(options), signal);
    await assert.rejects(endpoint.open(), { name: "ProbeFailure", kind: "tls" });
    assert.deepEqual(heads, []);
    using opened = await endpoint.open({ anonymous: true });
    assert.equal(opened.answer.status, 101);
    assert.equal(heads.length, 1);
  });

  test("in a client certificate are left out where a stranger is tried (R11)", async () => {
    const client = await certify({ dnsNames: ["client"], ipAddresses: [] });
    const asking = { ...own, requestCert: true, rejectUnauthorized: true, ca: client.cert };
    await using server = await hostileTls(asking, (socket) =>
      onRequest(socket, (head) => socket.write(switching(head))),
    );
    const report = await scan(`wss://127.0.0.1:${server.port}/ws`, {
      ...{ ca: own.cert, certificate: client, answerTimeoutMs: 400, connectionsPerSecond: 500 },
      only: ["WW-HANDSHAKE-01", "WW-TOKEN-01", "WW-ORIGIN-07"],
    });
    const status = (id: string) => report.findings.find((finding) => finding.id === id)?.status;
    assert.equal(status("WW-HANDSHAKE-01"), "pass");
    assert.equal(status("WW-TOKEN-01"), "pass");
  });
});
