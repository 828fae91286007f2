import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { channelModel, channelParts } from "./channel-gateway.ts";
import { DeliveryWorld } from "./delivery-world.ts";
import { explore } from "./explorer.ts";
import { MembershipWorld } from "./membership-world.ts";
import { asBuilt, type Control, weakened } from "./weakened.ts";

const sealer = "packages/crypto/src/channel-records/channel-sealer.ts";
const opener = "packages/crypto/src/channel-records/channel-opener.ts";

const membershipControls: readonly Control[] = [
  {
    name: "joins-without-a-step",
    file: sealer,
    find: "this.#enter({ ...epoch, step: yield* epoch.step.next(this.#primitives) });",
    replace: "this.#epoch = epoch;",
    rule: "RK-2.1",
    finds: /can be read by who was no member/,
  },
  {
    name: "steps-before-fresh-keys",
    file: sealer,
    find: "return isWorn || (this.#freshDueAt !== undefined",
    replace: "return isWorn || (!this.#hasJoined && this.#freshDueAt !== undefined",
    rule: "RK-2.2",
    finds: /can be read by who was no member/,
  },
  {
    name: "kicks-without-fresh-keys",
    file: sealer,
    find: "this.#freshBy(Number.NEGATIVE_INFINITY);",
    replace: "",
    rule: "RK-7.1",
    finds: /can be read by who was no member/,
  },
  {
    name: "the-last-leave-counts",
    file: sealer,
    find: "this.#freshDueAt = Math.min(at, this.#freshDueAt ?? Number.POSITIVE_INFINITY);",
    replace: "this.#freshDueAt = at;",
    rule: "RK-7.2",
    finds: /can be read by who was no member/,
  },
  {
    name: "joins-cancel-fresh-keys",
    file: sealer,
    find: "this.#hasJoined = true;",
    replace: "this.#hasJoined = true; this.#freshDueAt = undefined;",
    rule: "RK-7.2",
    finds: /can be read by who was no member/,
  },
];

const deliveryControls: readonly Control[] = [
  {
    name: "records-come-twice",
    file: opener,
    find: "if (header.seq < epoch.nextSeq || stepsAhead",
    replace: "if (stepsAhead",
    rule: "RK-3.2",
    finds: /was delivered after record/,
  },
  {
    name: "gaps-are-passed-over",
    file: opener,
    find: "return header.seq > epoch.nextSeq ? this.#lose() : content;",
    replace: "return content;",
    rule: "RK-3.3",
    finds: /a record was taken as if nothing were missing/,
  },
  {
    name: "heartbeats-say-nothing",
    file: opener,
    find: "return nextSeq > epoch.nextSeq ? this.#lose() : undefined;",
    replace: "return undefined;",
    rule: "RK-5.1",
    finds: /a heartbeat was taken as if nothing were missing/,
  },
  {
    name: "skips-cover-everything",
    file: opener,
    find: "if (skip.fromSeq > nextSeq) return this.#lose(skip.secret);",
    replace: "",
    rule: "RK-5.2",
    finds: /a skip was taken as if nothing were missing/,
  },
  {
    name: "tails-are-forgotten",
    file: opener,
    find: "const end = isSame ? nextSeq : previousSeq;",
    replace: "const end = isSame ? nextSeq : before.nextSeq;",
    rule: "RK-5.3",
    finds: /a channelKey was taken as if nothing were missing/,
  },
  {
    name: "signatures-of-anybody",
    file: opener,
    find: "if (!(yield* step(this.#verifier.verify(signed, record.slice(-signatureBytes))))) return undefined;",
    replace: "yield* step(this.#verifier.verify(signed, record.slice(-signatureBytes)));",
    rule: "RK-6",
    finds: /a forged record gave "content 255"/,
  },
];

const deliveryDepth = 5;
const membershipDepth = 7;

describe("every order of joins, leaves, kicks, records and time in a channel", () => {
  test("nobody reads what was sealed before a join, or after a kick or the window of a leave (RK-2.1, RK-2.2, RK-7.1, RK-7.2)", async (context) => {
    const model = channelModel(await channelParts(asBuilt));
    const { states, transitions, violation } = await explore(() => new MembershipWorld(model), membershipDepth);
    context.diagnostic(`${states} states, ${transitions} transitions`);
    assert.equal(violation, undefined);
    assert.ok(states > 5_000, "the model has lost most of its states");
  });

  for (const { finds, ...weakness } of membershipControls) {
    test(`without ${weakness.rule} a violation is found: ${weakness.name}`, async (context) => {
      const model = channelModel(await weakened(weakness, channelParts));
      const { violation } = await explore(() => new MembershipWorld(model), membershipDepth);
      context.diagnostic(violation?.trace.join(", ") ?? "none");
      assert.match(violation?.what ?? "none", finds);
    });
  }
});

describe("every order in which a member's keys, skips, heartbeats and records can come", () => {
  test("what is delivered was sealed, in order and once, and loss is told where there is some (RK-3, RK-5, RK-6)", async (context) => {
    const model = channelModel(await channelParts(asBuilt));
    const { states, transitions, violation } = await explore(() => new DeliveryWorld(model), deliveryDepth);
    context.diagnostic(`${states} states, ${transitions} transitions`);
    assert.equal(violation, undefined);
    assert.ok(states > 2_000, "the model has lost most of its states");
  });

  for (const { finds, ...weakness } of deliveryControls) {
    test(`without ${weakness.rule} a violation is found: ${weakness.name}`, async (context) => {
      const model = channelModel(await weakened(weakness, channelParts));
      const { violation } = await explore(() => new DeliveryWorld(model), deliveryDepth);
      context.diagnostic(violation?.trace.join(", ") ?? "none");
      assert.match(violation?.what ?? "none", finds);
    });
  }
});
