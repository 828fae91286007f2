import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, test } from "node:test";
import type { Finding } from "../src/finding.ts";
import { type ScanReport, scan } from "../src/scan.ts";
import { ScanError } from "../src/scan-error.ts";
import type { ScanOptions } from "../src/scan-options.ts";
import { certify } from "./certificate.ts";
import { hostile, hostileTls, onRequest, pour, switching } from "./hostile-server.ts";

const own = await certify();
const quick: ScanOptions = { answerTimeoutMs: 400, timeoutMs: 8_000, connectionsPerSecond: 500, ca: own.cert };
/** Far above the time limit above, far below a hang. */
const generousMs = 20_000;

const of = ({ findings }: ScanReport, id: string): Finding => {
  const found = findings.find((finding) => finding.id === id);
  assert.ok(found !== undefined, id);
  return found;
};

describe("a target that is no sound server gives a clear error or finding in time", { timeout: 120_000 }, () => {
  test("down: unreachable", async () => {
    const { port, ...closed } = await hostile(() => undefined);
    await closed[Symbol.asyncDispose]();
    await assert.rejects(scan(`wss://127.0.0.1:${port}/ws`, quick), { code: "unreachable", message: /ECONNREFUSED/ });
  });

  test("a name nobody has: unreachable", async () => {
    await assert.rejects(scan("wss://nobody.invalid/ws", quick), { name: "ScanError", code: "unreachable" });
  });

  test("silent in TLS and silent in HTTP: timeout", async () => {
    await using silent = await hostile(() => undefined);
    for (const scheme of ["wss", "ws"]) {
      await assert.rejects(scan(`${scheme}://127.0.0.1:${silent.port}/ws`, quick), { code: "timeout" });
    }
  });

  test("HTTP where TLS is expected: no TLS, critical, and no grade", async () => {
    await using server = await hostile((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    });
    const report = await scan(`wss://127.0.0.1:${server.port}/ws`, quick);
    assert.equal(report.grade, null);
    assert.equal(of(report, "WW-TLS-01").status, "fail");
    assert.equal(of(report, "WW-TLS-01").severity, "critical");
    assert.equal(of(report, "WW-TLS-05").status, "skipped");
  });

  const answers: readonly (readonly [what: string, behave: (socket: Socket) => void, evidence: RegExp])[] = [
    ["no HTTP", (socket) => socket.end("SSH-2.0-OpenSSH_10.0\r\n"), /expected an HTTP answer, got "SSH-2.0/],
    [
      "a page",
      (socket) => onRequest(socket, () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")),
      /status 200/,
    ],
    [
      "a 101 with the wrong key",
      (socket) => onRequest(socket, () => socket.end(switching("Sec-WebSocket-Key: x\r\n"))),
      /wrong Sec-WebSocket-Accept/,
    ],
    ["a reset", (socket) => onRequest(socket, () => socket.resetAndDestroy()), /reset/],
    ["an end", (socket) => onRequest(socket, () => socket.end()), /closed unanswered/],
    [
      "endless headers",
      (socket) => onRequest(socket, () => pour(socket, `HTTP/1.1 200 OK\r\n${"X-A: b\r\n".repeat(512)}`)),
      /more than 65536 bytes of headers/,
    ],
  ];
  for (const [what, behave, evidence] of answers) {
    test(`${what}: not established`, async () => {
      await using server = await hostile(behave);
      const report = await scan(`ws://127.0.0.1:${server.port}/ws`, quick);
      assert.equal(report.grade, null);
      assert.equal(of(report, "WW-HANDSHAKE-01").status, "fail");
      assert.match(of(report, "WW-HANDSHAKE-01").evidence, evidence);
      assert.equal(of(report, "WW-TLS-01").status, "fail");
    });
  }

  test("a redirect: a finding, and it is not followed (R57)", async () => {
    let followed = 0;
    await using elsewhere = await hostile(() => {
      followed += 1;
    });
    const location = `ws://127.0.0.1:${elsewhere.port}/`;
    await using server = await hostile((socket) =>
      onRequest(socket, () => socket.end(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`)),
    );
    const report = await scan(`ws://127.0.0.1:${server.port}/ws`, quick);
    assert.equal(of(report, "WW-TRANSPORT-02").severity, "high");
    assert.match(of(report, "WW-TRANSPORT-02").evidence, /status 302 to ws:/);
    assert.equal(followed, 0);
  });

  test("a head that trickles: no answer within the time of one", async () => {
    await using server = await hostile((socket) => {
      const head = `HTTP/1.1 200 OK\r\nX-Slow: ${"a".repeat(1_000)}\r\n\r\n`;
      let at = 0;
      const timer = setInterval(() => socket.write(head[at++] ?? ""), 20);
      socket.on("close", () => clearInterval(timer));
    });
    const began = performance.now();
    // The bytes of the answer keep coming, so that only a limit on the whole of it helps.
    await assert.rejects(scan(`ws://127.0.0.1:${server.port}/ws`, quick), {
      code: "timeout",
      message: /only \d+ bytes of an answer within 400 ms/,
    });
    assert.ok(performance.now() - began < generousMs);
  });

  for (const [what, chunk] of [
    ["endless pings", Buffer.from([0x89, 0x00]).toString("latin1").repeat(4_096)],
    ["an endless message", `\x01\x7f${"\0".repeat(7)}\x01a`.repeat(1_024)],
    ["a frame of 2^63 bytes", `\x82\x7f\x80${"\0".repeat(7)}`],
    ["noise", "\xff\x00\xee\x7f".repeat(2_048)],
  ] as const) {
    test(`${what} behind the handshake: a report, in time and in bounded memory`, async (context) => {
      await using server = await hostileTls(own, (socket) =>
        onRequest(socket, (head) => {
          socket.write(head.includes("Upgrade") ? switching(head) : "HTTP/1.1 404 Not Found\r\n\r\n");
          pour(socket, Buffer.from(chunk, "latin1"));
        }),
      );
      const before = process.memoryUsage().rss;
      const began = performance.now();
      const report = await scan(`wss://127.0.0.1:${server.port}/ws`, quick);
      const grownMiB = (process.memoryUsage().rss - before) / 1_048_576;
      const tookMs = performance.now() - began;
      context.diagnostic(`${Math.round(tookMs)} ms, ${grownMiB.toFixed(0)} MiB more, complete: ${report.complete}`);
      assert.ok(tookMs < generousMs);
      assert.ok(grownMiB < 400, `${grownMiB} MiB`);
      assert.equal(of(report, "WW-HANDSHAKE-01").status, "pass");
    });
  }

  test("an abort ends the scan at once", async () => {
    await using server = await hostileTls(own, (socket) => onRequest(socket, (head) => socket.write(switching(head))));
    const controller = new AbortController();
    const scanning = scan(`wss://127.0.0.1:${server.port}/ws`, {
      ...quick,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await assert.rejects(scanning, (error) => error instanceof ScanError && error.code === "aborted");
  });

  test("a scan that runs out of time says which checks are missing", async () => {
    await using server = await hostileTls(own, (socket) => onRequest(socket, (head) => socket.write(switching(head))));
    const report = await scan(`wss://127.0.0.1:${server.port}/ws`, {
      ...quick,
      timeoutMs: 1_500,
      connectionsPerSecond: 30,
    });
    assert.equal(report.complete, false);
    assert.equal(report.grade, null);
    assert.ok(report.findings.some(({ status, evidence }) => status === "error" && /stopped/.test(evidence)));
  });
});
