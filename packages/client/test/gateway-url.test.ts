import assert from "node:assert/strict";
import { test } from "node:test";
import { parseGatewayUrl } from "../src/gateway-url.ts";

test("takes wss addresses as they are", () => {
  assert.equal(parseGatewayUrl("wss://chat.example/ws"), "wss://chat.example/ws");
  assert.equal(parseGatewayUrl(new URL("wss://chat.example:8443/ws")), "wss://chat.example:8443/ws");
});

for (const url of [
  "ws://localhost:8080/ws",
  "ws://LOCALHOST/ws",
  "ws://127.0.0.1/ws",
  "ws://127.255.3.4:1/ws",
  "ws://127.1/ws",
  "ws://0x7f000001/ws",
  "ws://[::1]:8080/ws",
]) {
  test(`takes ${url}, which is loopback (R57)`, () => {
    assert.match(parseGatewayUrl(url), /^ws:/);
  });
}

for (const url of [
  "ws://chat.example/ws",
  "ws://127.evil.example/ws",
  "ws://127.0.0.1.evil.example/ws",
  "ws://localhost.evil.example/ws",
  "ws://localhost./ws",
  "ws://evil-localhost/ws",
  "ws://128.0.0.1/ws",
  "ws://1.127.0.0/ws",
  "ws://0.0.0.0/ws",
  "ws://[::ffff:127.0.0.1]/ws",
  "ws://[::]/ws",
  "ws://192.168.1.1/ws",
]) {
  test(`refuses ${url}, which is not loopback (R57)`, () => {
    assert.throws(() => parseGatewayUrl(url), { name: "ClientError", code: "insecure-url" });
  });
}

for (const url of ["", "/ws", "chat.example", "https://chat.example/ws", "file:///ws", "javascript:alert(1)"]) {
  test(`refuses ${JSON.stringify(url)}, which is no WebSocket address`, () => {
    assert.throws(() => parseGatewayUrl(url), { code: "invalid-url" });
  });
}

for (const url of [
  "wss://chat.example/ws?token=canary",
  "wss://chat.example/ws#canary",
  "wss://canary@chat.example/ws",
  "wss://alice:canary@chat.example/ws",
]) {
  test(`refuses ${url}, and does not repeat the credential (R42)`, () => {
    assert.throws(
      () => parseGatewayUrl(url),
      (error: Error & { code?: string }) => error.code === "invalid-url" && !error.message.includes("canary"),
    );
  });
}
