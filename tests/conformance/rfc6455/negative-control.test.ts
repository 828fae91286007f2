import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ServerOptions } from "ws";
import { closingCases } from "./cases/closing.ts";
import { framingCases, maxMessageBytes } from "./cases/framing.ts";
import { reservedCases } from "./cases/reserved.ts";
import { utf8Cases } from "./cases/utf8.ts";
import { type ConformanceCase, closed } from "./conformance-case.ts";
import { deliveries } from "./delivery.ts";
import { judge } from "./judge.ts";
import { describeFrame, describeServerFrames } from "./server-frames.ts";
import { WeakEcho } from "./weak-echo.ts";

const whole = deliveries[0] ?? assert.fail();
const good = { maxPayload: maxMessageBytes };
const closedWith = (code: number, cases: readonly ConformanceCase[]) =>
  cases.filter(({ answers }) => answers.at(-1) === closed(code));

describe("the suite finds an echo that", { timeout: 30_000 }, () => {
  const weaknesses: readonly [what: string, weakness: ServerOptions, caught: readonly ConformanceCase[]][] = [
    ["takes bad UTF-8 in text", { ...good, skipUTF8Validation: true }, closedWith(1007, utf8Cases)],
    [
      "takes bad UTF-8 in the reason of a close",
      { ...good, skipUTF8Validation: true },
      closingCases.filter(isBadReason),
    ],
    ["bounds no message", { maxPayload: 0 }, framingCases.filter(({ name }) => name.startsWith("a message over"))],
    ["answers no ping", { ...good, autoPong: false }, utf8Cases.filter(({ name }) => name.startsWith("a ping"))],
    ["negotiates compression", { ...good, perMessageDeflate: true }, reservedCases.filter(isDeflated)],
  ];
  for (const [what, weakness, caught] of weaknesses) {
    test(what, async () => {
      assert.ok(caught.length > 0);
      await using weak = await WeakEcho.start(weakness);
      for (const played of caught) {
        const judged = judge(weak.connect, played, whole, 0);
        await assert.rejects(judged, `${played.name} should have failed`);
      }
    });
  }

  for (const [what, frame] of [
    ["masks its frames", [0x81, 0x80, 0, 0, 0, 0]],
    ["sets an RSV bit", [0xc1, 0]],
    ["sends half a frame", [0x81, 2, 0x61]],
    ["sends half a frame head", [0x81]],
    ["writes a length in more bytes than it needs", [0x81, 126, 0, 1, 0x61]],
  ] as const) {
    test(what, () => assert.throws(() => describeServerFrames(Buffer.from(frame))));
  }
});

test("the suite passes a good echo on bare ws, so that it is the weakness it finds", async () => {
  await using echo = await WeakEcho.start(good);
  for (const played of [...closedWith(1007, utf8Cases), ...closingCases]) {
    await judge(echo.connect, played, whole, 0);
  }
});

test("frames that differ are described differently", () => {
  const frames = [
    [1, "a"],
    [1, "b"],
    [2, "a"],
    [1, "a".repeat(40)],
    [1, `${"a".repeat(39)}b`],
  ] as const;
  const words = frames.map(([opcode, payload]) => describeFrame(opcode, Buffer.from(payload)));
  assert.equal(new Set(words).size, frames.length);
});

function isBadReason({ name, answers }: ConformanceCase): boolean {
  return name.includes("in the reason") && answers.at(-1) === closed(1007);
}

/** Once it is negotiated a deflated message means something. */
function isDeflated({ name }: ConformanceCase): boolean {
  return name.startsWith("a deflated message");
}
