import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { equalBytes } from "../../src/bytes.ts";
import { parseChannelHeader } from "../../src/channel-records/channel-header.ts";
import { ChannelSealer, type SealedForChannel } from "../../src/channel-records/channel-sealer.ts";
import { epochIdOf } from "../../src/channel-records/channel-step.ts";
import { maxContentBytes } from "../../src/padded-content.ts";
import { nodePrimitives } from "../../src/primitives/node.ts";
import type { Primitives, Signer } from "../../src/primitives/primitives.ts";
import { inSteps } from "../../src/primitives/steps.ts";
import { secretOf } from "../session-records/direction.ts";
import { channelNumber, makeChannel } from "./channel.ts";

const content = Uint8Array.of(1, 2, 3);

/** A channel that counts what it asks of its backend. */
async function makeCountedChannel() {
  const counts = { seals: 0, signatures: 0 };
  const primitives: Primitives = {
    ...nodePrimitives,
    importAead(algorithm, secret) {
      const key = nodePrimitives.importAead(algorithm, secret);
      return {
        ...key,
        seal(...parameters) {
          counts.seals += 1;
          return key.seal(...parameters);
        },
      };
    },
    ed25519: {
      ...nodePrimitives.ed25519,
      signer(seed) {
        const signer = nodePrimitives.ed25519.signer(seed);
        return {
          ...signer,
          sign(message) {
            counts.signatures += 1;
            return signer.sign(message);
          },
        };
      },
    },
  };
  return { ...(await makeChannel({ primitives })), counts };
}

/** Who is told a key, and where the record stands. */
async function sealOne(sealer: ChannelSealer): Promise<{ goTo: string; step: number; seq: number; epoch: string }> {
  return describeRecord(await sealer.seal(content));
}

function describeRecord({ record, keys }: SealedForChannel) {
  const header = parseChannelHeader(record);
  assert.ok(header);
  const epoch = Buffer.from(header.epochId).toString("hex");
  return { goTo: keys?.goTo ?? "nobody", step: header.step, seq: header.seq, epoch };
}

describe("steps (RK-2.1)", () => {
  test("however many join, the next record is one step on, and only they are told its key", async () => {
    const { sealer } = await makeChannel();
    const first = await sealOne(sealer);
    assert.deepEqual([first.goTo, first.step, first.seq], ["everyone", 0, 0]);
    for (let joins = 0; joins < 100; joins += 1) sealer.memberJoined();
    const second = await sealOne(sealer);
    assert.deepEqual(second, { ...first, goTo: "joined", step: 1, seq: 1 }, "a step resets no seq");
    assert.deepEqual(await sealOne(sealer), { ...second, goTo: "nobody", seq: 2 });
  });

  test("who joins opens the records since then and none before", async () => {
    const { sealer, member } = await makeChannel();
    const before = await sealer.seal(content);
    sealer.memberJoined();
    const late = await member();
    const after = await sealer.seal(content);
    await late.takeKeys(after);
    assert.throws(() => late.channels.open(before.record), { code: "channel" });
    const other = await member();
    assert.equal((await other.take(after))?.type, "content");
  });
});

describe("fresh secrets (RK-2.2)", () => {
  const worn = [
    ["steps", { freshAfterSteps: 4 }, 0],
    ["records", { freshAfterRecords: 4 }, 0],
    ["milliseconds", { freshAfterMs: 4_000 }, 1_000],
  ] as const;
  for (const [what, limits, stepMs] of worn) {
    test(`come after so many ${what}, with a new epochId, step 0 and seq 0`, async () => {
      const { sealer, time } = await makeChannel({ limits });
      const records = [];
      for (let count = 0; count < 9; count += 1) {
        records.push(await sealOne(sealer));
        if (what === "steps") sealer.memberJoined();
        time.nowMs += stepMs;
      }
      const fresh = records.flatMap(({ goTo }, index) => (goTo === "everyone" ? [index] : []));
      assert.deepEqual(fresh, [0, 4, 8]);
      assert.deepEqual([records[4]?.step, records[4]?.seq], [0, 0]);
      assert.equal(new Set(records.map(({ epoch }) => epoch)).size, 3);
    });
  }

  test("a pending fresh secret wins over a step", async () => {
    const { sealer } = await makeChannel();
    await sealOne(sealer);
    sealer.memberJoined();
    sealer.memberExpelled();
    const record = await sealOne(sealer);
    assert.deepEqual([record.goTo, record.step], ["everyone", 0]);
    assert.equal((await sealOne(sealer)).goTo, "nobody", "and settles it");
  });

  test("limits can be lowered, never raised", async () => {
    for (const limits of [{ freshAfterSteps: 4_097 }, { freshAfterMs: 3_600_001 }, { paddedTo: 0 }]) {
      await assert.rejects(() => makeChannel({ limits }), { code: "invalid-limit" });
    }
  });
});

describe("who is gone (RK-7)", () => {
  test("after a kick the very next record is under a secret the member never gets (RK-7.1)", async () => {
    const { sealer, member } = await makeChannel();
    const [stays, kicked] = [await member(), await member()];
    const first = await sealer.seal(content);
    for (const each of [stays, kicked]) assert.equal((await each.take(first))?.type, "content");
    sealer.memberExpelled();
    const second = await sealer.seal(content);
    assert.equal((await stays.take(second))?.type, "content");
    assert.throws(() => kicked.channels.open(second.record), { code: "channel" });
  });

  test("nothing is drawn before there is something to seal", async () => {
    const { sealer } = await makeChannel();
    const { epoch } = await sealOne(sealer);
    sealer.memberExpelled();
    assert.equal(Buffer.from(sealer.position?.epochId ?? []).toString("hex"), epoch);
  });

  const windows = [
    ["two members", 2, 250],
    ["10,000 members", 10_000, 1_000],
  ] as const;
  for (const [what, members, windowMs] of windows) {
    test(`after a leave among ${what} it waits for ${windowMs} ms and no longer (RK-7.2)`, async () => {
      const { sealer, time } = await makeChannel();
      await sealOne(sealer);
      sealer.memberLeft(members);
      time.nowMs += windowMs - 1;
      assert.equal((await sealOne(sealer)).goTo, "nobody");
      time.nowMs += 1;
      assert.equal((await sealOne(sealer)).goTo, "everyone");
    });
  }

  test("leave after leave does not postpone it, and a kick inside the window ends the wait", async () => {
    const { sealer, time } = await makeChannel();
    await sealOne(sealer);
    sealer.memberLeft(2);
    time.nowMs += 200;
    sealer.memberLeft(2);
    time.nowMs += 50;
    assert.equal((await sealOne(sealer)).goTo, "everyone");
    sealer.memberLeft(2);
    sealer.memberExpelled();
    sealer.memberLeft(2);
    assert.equal((await sealOne(sealer)).goTo, "everyone");
  });

  test("a rejoin inside the leave window cancels nothing: a step now, the fresh secret in time", async () => {
    const { sealer, time } = await makeChannel();
    await sealOne(sealer);
    sealer.memberLeft(2);
    sealer.memberJoined();
    assert.equal((await sealOne(sealer)).goTo, "joined");
    time.nowMs += 250;
    assert.equal((await sealOne(sealer)).goTo, "everyone");
  });

  test("a kick that races a join: who joined gets the fresh secret, who was kicked does not", async () => {
    const { sealer, member } = await makeChannel();
    const kicked = await member();
    await kicked.take(await sealer.seal(content));
    sealer.memberExpelled();
    sealer.memberJoined();
    const joined = await member();
    const sealed = await sealer.seal(content);
    assert.equal((await joined.take(sealed))?.type, "content");
    assert.throws(() => kicked.channels.open(sealed.record), { code: "channel" });
  });
});

describe("what one process does alone (RK-1)", () => {
  test("two processes, and one that has started again, share no epoch and no key", async () => {
    const [one, other, restarted] = [await makeChannel(), await makeChannel(), await makeChannel()];
    const epochs = await Promise.all([one, other, restarted].map(async ({ sealer }) => (await sealOne(sealer)).epoch));
    assert.equal(new Set(epochs).size, 3);
  });

  test("a sealer that has not sealed holds no secret yet: workers draw theirs after they are started", async () => {
    const { sealer } = await makeChannel();
    assert.equal(sealer.position, undefined);
    assert.equal(sealer.skip(0, 0), undefined);
  });

  test("10,000 members get the identical bytes object: it is sealed once and signed once", async () => {
    const { sealer, counts } = await makeCountedChannel();
    for (let member = 0; member < 10_000; member += 1) sealer.memberJoined();
    const { record } = await sealer.seal(content);
    assert.deepEqual(counts, { seals: 1, signatures: 1 });
    assert.ok(record.byteOffset === 0 && record.buffer.byteLength === record.length, "memory of its own");
  });
});

test("sealing for a member costs a synchronous backend no promise", async () => {
  const { sealer } = await makeChannel();
  assert.ok(!(sealer.seal(content) instanceof Promise));
});

test("content that does not fit into one record is refused, what just fits is sealed", async () => {
  const { sealer, member } = await makeChannel();
  const most = maxContentBytes(61_440);
  assert.throws(() => sealer.seal(new Uint8Array(most + 1)), { code: "invalid-length" });
  const one = await member();
  const opened = await one.take(await sealer.seal(new Uint8Array(most)));
  assert.ok(opened?.type === "content" && opened.channel === channelNumber && opened.content.length === most);
});

test("short contents look alike: plaintexts are padded to 64 bytes", async () => {
  const { sealer } = await makeChannel();
  const [short, longer] = [await sealer.seal(new Uint8Array(1)), await sealer.seal(new Uint8Array(62))];
  assert.equal(short.record.length, longer.record.length);
  assert.equal(short.record.length, 27 + 64 + 16 + 64);
});

test("a channel that has ended seals nothing, and a hash of another length is none", async () => {
  const { sealer, primitives, signer, time } = await makeChannel();
  sealer.dispose();
  assert.throws(() => sealer.seal(content), { code: "disposed" });
  const channelHash = new Uint8Array(31);
  assert.throws(() => new ChannelSealer({ primitives, signer, channelHash, now: time.now }), {
    code: "invalid-length",
  });
});

test("where a fresh secret cannot be drawn, nothing is sealed under the old one", async () => {
  let isBroken = false;
  const primitives = {
    ...nodePrimitives,
    randomBytes(length: number) {
      if (isBroken) throw new Error("no randomness");
      return nodePrimitives.randomBytes(length);
    },
  };
  const { sealer } = await makeChannel({ primitives });
  const before = await sealOne(sealer);
  sealer.memberExpelled();
  isBroken = true;
  assert.throws(() => sealer.seal(content), /no randomness/);
  assert.throws(() => sealer.seal(content), /no randomness/, "the mark is still there");
  isBroken = false;
  const after = await sealOne(sealer);
  assert.notEqual(after.epoch, before.epoch);
});

test("a record carries the epoch it says: the id is derived from the secret (RK-1)", async () => {
  const { sealer, primitives } = await makeChannel();
  const { keys } = await sealer.seal(content);
  assert.ok(keys);
  const derived = await inSteps<"any", Uint8Array>(epochIdOf(primitives, keys.key.secret, new Uint8Array(32).fill(1)));
  assert.ok(equalBytes(derived, keys.key.epochId));
  const foreign = await inSteps<"any", Uint8Array>(epochIdOf(primitives, secretOf(1), new Uint8Array(32).fill(1)));
  assert.ok(!equalBytes(foreign, keys.key.epochId));
});

test("after a record that cannot be signed the next one is under a fresh secret, which everyone is told", async () => {
  const { primitives, signer, time } = await makeChannel();
  let isBroken = false;
  const breaking: Signer = {
    ...signer,
    sign(message) {
      if (isBroken) throw new Error("no signature");
      return signer.sign(message);
    },
  };
  const channelHash = new Uint8Array(32);
  const sealer = new ChannelSealer({ primitives, signer: breaking, channelHash, now: time.now });
  const before = await sealOne(sealer);
  isBroken = true;
  sealer.memberJoined();
  assert.throws(() => sealer.seal(content), /no signature/);
  isBroken = false;
  const after = await sealOne(sealer);
  assert.equal(after.goTo, "everyone");
  assert.notEqual(after.epoch, before.epoch);
});
