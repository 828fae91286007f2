import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../src/connection/outbox.ts";
import { Turn } from "../../src/connection/turn.ts";
import { OutboundTotal } from "../../src/limits/outbound-total.ts";
import { PaperSocket } from "../gateway-on-paper.ts";

test("a socket that throws fails alone: the others of the turn are written (R35)", async () => {
  const shared = {
    turn: new Turn(),
    limits: { maxOutboundBytes: 1_000, maxOutboundMessages: 100 },
    outboundTotal: new OutboundTotal(1_000),
  };
  const [broken, sound] = [new PaperSocket(), new PaperSocket()];
  broken.send = () => {
    throw new Error("broken pipe");
  };
  const failures: unknown[] = [];
  const actions = {
    overflow: () => assert.fail("nothing is too slow"),
    failed: (error: unknown) => failures.push(error),
  };
  for (const socket of [broken, sound]) new Outbox(socket, "json", shared, actions).push({ type: "ping" });
  assert.equal((await sound.next("ping")).type, "ping");
  assert.equal(failures.length, 1);
});
