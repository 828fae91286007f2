import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ClientError, type ClientState } from "@wardwire/client";
import { connectionWords } from "../src/connection-words.ts";

const lost = new ClientError("connection-lost", "the connection broke");
const waiting: ClientState = { phase: "waiting", attempt: 2, retryInMs: 4_000, retryAt: 4_000, reason: lost };

describe("the words for the connection", () => {
  test("say who is connected", () => {
    const state = { phase: "connected", connection: "c_1", user: "alice", device: "phone", expiresAt: 0 } as const;
    assert.deepEqual(connectionWords(state, 0), { tone: "calm", now: "Connected as alice", next: "" });
  });

  test("count down to the next attempt, and only in what is not read out", () => {
    const first = connectionWords(waiting, 4);
    const second = connectionWords(waiting, 3);
    assert.deepEqual([first.next, second.next], ["Back in 4 s", "Back in 3 s"]);
    assert.equal(first.now, second.now);
    assert.equal(connectionWords(waiting, 0).next, "Trying now");
  });

  test("say that the network is waited for", () => {
    assert.equal(connectionWords({ phase: "offline" }, 0).now, "Offline: waiting for the network.");
  });

  test("tell the first attempt from the later ones", () => {
    assert.equal(connectionWords({ phase: "connecting", attempt: 1 }, 0).tone, "calm");
    assert.equal(connectionWords({ phase: "connecting", attempt: 3 }, 0).next, "attempt 3");
  });

  test("offer a new sign-in to whoever was refused, a new connection to others", () => {
    const refused = [
      new ClientError("closed-by-gateway", "revoked", { closeCode: 4403 }),
      new ClientError("token-refused", "no", { closeCode: 4402 }),
    ];
    for (const reason of refused) {
      assert.equal(connectionWords({ phase: "closed", reason }, 0).remedy, "sign-in-again");
    }
    const reason = new ClientError("protocol-violation", "odd");
    assert.equal(connectionWords({ phase: "closed", reason }, 0).remedy, "connect-again");
  });
});
