import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect } from "@wardwire/client";
import { nodeSocket } from "@wardwire/client/node";
import fc from "fast-check";
import { Client } from "undici-7.20.0";
import { HostileGateway } from "./hostile-gateway.ts";

const injected = "X-Injected: 1";
const breaks = ["\r\n", "\n", "\r", "\r\n\r\n", "\u0000", "\u2028", "\u0085", "\u560d\u560a", "%0d%0a", "\t\r\n "];
/** Text with a line of the attacker's somewhere in it. */
const hostileText = fc
  .tuple(fc.string({ maxLength: 10 }), fc.constantFrom(...breaks), fc.string({ maxLength: 10 }))
  .map(([before, lineBreak, after]) => `${before}${lineBreak}${injected}${lineBreak}${after}`);

/** A server that answers 403 and keeps what the client sent. */
const refusing = () =>
  HostileGateway.start({ answer: () => "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" });

const hasInjectedLine = (head: string) => head.split(/\r\n|\r|\n/).some((line) => /^\s*X-Injected/i.test(line));

describe("attack 10: an option that adds a header", { timeout: 30_000 }, () => {
  test("attack 10: no option of the client puts a line of its own into the handshake (CVE-2026-1527)", async (t) => {
    await using gateway = await refusing();
    const options = (kind: "token" | "origin" | "path" | "device", text: string) => ({
      url: kind === "path" ? `${gateway.url}/${text}` : gateway.url,
      token: kind === "token" ? text : "secret",
      device: kind === "device" ? text : "phone",
      socket: nodeSocket(kind === "origin" ? { origin: text } : {}),
    });
    const property = fc.asyncProperty(
      fc.constantFrom("token", "origin", "path", "device"),
      hostileText,
      async (kind, text) => {
        const { url, ...rest } = options(kind, text);
        await assert.rejects(connect(url, { ...rest, reconnect: false }), ({ code }: { readonly code: string }) =>
          ["invalid-token", "invalid-url", "handshake-refused", "unreachable"].includes(code),
        );
      },
    );
    const result = await fc.check(property, { numRuns: 300 });
    t.diagnostic(`${result.numRuns} options, ${gateway.handshakes.length} handshakes, seed ${result.seed}`);
    if (result.failed) throw new Error(fc.defaultReportMessage(result), { cause: result.errorInstance });
    assert.ok(gateway.handshakes.length > 30, "the attack has lost its reach");
    assert.deepEqual(gateway.handshakes.filter(hasInjectedLine), []);
  });

  test("attack 10: harmless options reach the gateway as they are", async () => {
    await using gateway = await refusing();
    const socket = nodeSocket({ origin: "https://chat.example" });
    await assert.rejects(connect(gateway.url, { token: "secret", socket, reconnect: false }));
    assert.match(gateway.handshakes[0] ?? "", /^Authorization: Bearer secret\r?$/im);
    assert.match(gateway.handshakes[0] ?? "", /^Origin: https:\/\/chat\.example\r?$/im);
  });

  test("negative control: undici 7.20.0 writes a line it finds in its option into the request", async () => {
    await using gateway = await refusing();
    const client = new Client(`http://${gateway.address}`);
    await assert.rejects(client.upgrade({ path: "/", protocol: `websocket\r\n${injected}` }));
    assert.deepEqual(gateway.handshakes.map(hasInjectedLine), [true]);
    await client.destroy();
  });
});
