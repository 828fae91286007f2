import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientError } from "@wardwire/client";
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
