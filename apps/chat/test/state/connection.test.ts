import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientError, type Security } from "@wardwire/client";
import { followConnection, secondsUntilRetry } from "../../src/state/connection.ts";
import { FakeClient } from "./fake-client.ts";

const reason = new ClientError("connection-lost", "the connection broke");
const waiting = { phase: "waiting", attempt: 2, retryInMs: 4_000, retryAt: 14_000, reason } as const;

test("the countdown goes by the clock, in whole seconds that never promise too little", () => {
  assert.equal(secondsUntilRetry(waiting, 10_000), 4);
  assert.equal(secondsUntilRetry(waiting, 10_001), 4);
  assert.equal(secondsUntilRetry(waiting, 13_001), 1);
});

test("after a sleep beyond the attempt nothing is left to wait for", () => {
  assert.equal(secondsUntilRetry(waiting, 14_000), 0);
  assert.equal(secondsUntilRetry(waiting, 999_000), 0);
});

test("there is nothing to count when no attempt is planned", () => {
  assert.equal(secondsUntilRetry({ phase: "offline" }, 10_000), 0);
});

test("a person who does not want to wait has the next attempt made at once", () => {
  const client = new FakeClient();
  const connection = followConnection(client.asClient);
  connection.tryNow();
  connection.stop();
  assert.equal(client.retries, 1);
});

function sealedSince(keysSince: number): Security {
  const suite = "X-Wing + AES-256-GCM";
  const seal = { suite, postQuantum: true, pin: "sha256:pin", handshakes: 1, bundleExpiresAt: 0 } as const;
  return { protection: "sealed", ...seal, keysSince };
}

test("what protects the connection is told as it is, with fresh keys too (SR-5)", () => {
  const client = new FakeClient();
  client.security = undefined;
  const connection = followConnection(client.asClient);
  assert.equal(connection.security.value, undefined);
  client.security = sealedSince(1);
  client.dispatchEvent(new CustomEvent("state", { detail: client.state }));
  assert.deepEqual(connection.security.value, sealedSince(1));
  client.security = sealedSince(2);
  client.dispatchEvent(new CustomEvent("security", { detail: client.security }));
  assert.deepEqual(connection.security.value, sealedSince(2));
});

test("what protected the last connection is still told while there is none", () => {
  const client = new FakeClient();
  client.security = sealedSince(1);
  const connection = followConnection(client.asClient);
  client.security = undefined;
  client.dispatchEvent(new CustomEvent("state", { detail: waiting }));
  assert.deepEqual(connection.security.value, sealedSince(1));
  connection.stop();
});
