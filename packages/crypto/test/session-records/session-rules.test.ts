import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { expandLabel } from "../../src/expand-label.ts";
import { type Label, labels } from "../../src/labels.ts";
import { nodePrimitives } from "../../src/primitives/node.ts";
import type { SecretBytes } from "../../src/secret-bytes.ts";
import { parseHeader } from "../../src/session-records/record-header.ts";
import { RecordOpener } from "../../src/session-records/record-opener.ts";
import { RecordSealer } from "../../src/session-records/record-sealer.ts";
import { backends } from "../primitives/backends.ts";
import { makeDirection, sealOne, secretOf } from "./direction.ts";

const refused = { code: "session" };
const content = Uint8Array.of(1, 2, 3);

describe("values longer than a record (SR-1.2)", () => {
  const sealing = { maxPlaintextBytes: 66, paddedTo: 1 };

  test("come in chunks, of which only the last one ends, and are put together", async () => {
    const { sealer, opener } = makeDirection({ sealing });
    const value = new Uint8Array(200).map((_, index) => index);
    const records = await sealer.seal("data", value);
    assert.deepEqual(
      records.map((record) => parseHeader(record)?.ends),
      [false, false, false, true],
    );
    for (const record of records.slice(0, -1)) assert.equal(await opener.open(record), undefined);
    assert.deepEqual(await opener.open(records.at(-1) ?? content), { type: "data", content: value });
  });

  test("let other types stand between their chunks", async () => {
    const { sealer, opener } = makeDirection({ sealing });
    const [first] = await sealer.seal("data", new Uint8Array(65));
    assert.equal(await opener.open(first ?? content), undefined);
    // What was sealed second has seq 1 and so cannot come before the heartbeat: a fresh sealer, and one record from it.
    const other = makeDirection({ sealing });
    await other.sealer.seal("heartbeat", new Uint8Array(0));
    const [heartbeat] = await other.sealer.seal("heartbeat", new Uint8Array(0));
    assert.deepEqual(await opener.open(heartbeat ?? content), { type: "heartbeat", content: new Uint8Array(0) });
  });

  const tooLong: readonly (readonly [what: string, type: "data" | "auth", length: number, isFine: boolean])[] = [
    ["more than maxMessageBytes together", "data", 201, false],
    ["maxMessageBytes together", "data", 200, true],
    ["an AUTH of more than maxAuthBytes (HS-2.1)", "auth", 101, false],
    ["an AUTH of maxAuthBytes", "auth", 100, true],
  ];
  for (const [what, type, length, isFine] of tooLong) {
    test(`${what}: ${isFine ? "accepted" : "refused"}`, async () => {
      const { sealer, opener } = makeDirection({ sealing, opening: { maxMessageBytes: 200, maxAuthBytes: 100 } });
      const open = async (): Promise<void> => {
        for (const record of await sealer.seal(type, new Uint8Array(length))) await opener.open(record);
      };
      if (isFine) await open();
      else await assert.rejects(open, refused);
    });
  }

  test("a record longer than maxPlaintextBytes is refused before it is opened", async () => {
    const { sealer, opener } = makeDirection({ opening: { maxPlaintextBytes: 64 } });
    assert.equal((await opener.open(await sealOne(sealer, new Uint8Array(62))))?.type, "data");
    const longer = await sealOne(sealer, new Uint8Array(63));
    assert.throws(() => opener.open(longer), refused);
  });

  test("a type that is never chunked has a bound of its own", async () => {
    const { sealer } = makeDirection({ side: "gateway", sealing });
    assert.throws(() => sealer.seal("channelKey", new Uint8Array(65)), { code: "invalid-length" });
    await sealer.seal("channelKey", new Uint8Array(64));
  });
});

describe("the end of a direction (SR-3)", () => {
  test("CLOSE brings its code and reason, and says that nothing was cut off (SR-3.1)", async () => {
    const { sealer, opener } = makeDirection();
    await opener.open(await sealOne(sealer));
    assert.equal(opener.isClosed, false);
    const [close] = await sealer.close(4401, "the token has expired");
    assert.deepEqual(await opener.open(close ?? content), {
      type: "close",
      code: 4401,
      reason: "the token has expired",
    });
    assert.equal(opener.isClosed, true);
  });

  test("nothing is sealed and nothing opens behind CLOSE", async () => {
    const { sealer, opener } = makeDirection();
    const [close] = await sealer.close(1000, "");
    await opener.open(close ?? content);
    assert.throws(() => sealer.seal("data", content), { code: "disposed" });
    assert.throws(() => opener.open(content), refused);
  });

  test("a direction that ends without CLOSE is known to be cut off (SR-3.2)", async () => {
    const { sealer, opener } = makeDirection();
    await opener.open(await sealOne(sealer));
    opener.dispose();
    assert.equal(opener.isClosed, false);
  });

  test("a reason has at most 123 bytes", () => {
    const { sealer } = makeDirection();
    assert.throws(() => sealer.close(1000, "é".repeat(62)), { code: "invalid-length" });
    sealer.close(1000, "é".repeat(61));
  });

  test("CLOSE inside a value that has not ended is refused", async () => {
    const { sealer, opener } = makeDirection({ sealing: { maxPlaintextBytes: 66, paddedTo: 1 } });
    const [chunk] = await sealer.seal("data", new Uint8Array(65));
    await opener.open(chunk ?? content);
    const other = makeDirection({ sealing: { maxPlaintextBytes: 66, paddedTo: 1 } });
    await sealOne(other.sealer);
    const [close] = await other.sealer.close(1000, "");
    assert.throws(() => opener.open(close ?? content), refused);
  });
});

describe("updates of the keys (SR-4)", () => {
  const limits = [
    ["records", { updateAfterRecords: 8 }, 0],
    ["bytes", { updateAfterBytes: 512 }, 0],
    ["time", { updateAfterMs: 60_000 }, 10_000],
  ] as const;
  for (const [what, sealing, stepMs] of limits) {
    test(`come by ${what}, as the last record of a generation, and seq goes on (SR-4.1, SR-4.2)`, async () => {
      const { sealer, time } = makeDirection({ sealing });
      const headers = [];
      for (let count = 0; count < 30; count += 1) {
        time.nowMs += stepMs;
        for (const record of await sealer.seal("data", content)) headers.push(parseHeader(record));
      }
      assert.deepEqual(
        headers.map((header) => header?.seq),
        headers.map((_, index) => index),
      );
      const updates = headers.flatMap((header, index) => (header?.type === "keyUpdate" ? [index] : []));
      assert.ok(updates.length >= 3, `${updates.length} updates`);
      for (const [generation, index] of updates.entries()) {
        assert.equal(headers[index]?.generation, generation);
        assert.equal(headers[index + 1]?.generation, generation + 1);
      }
      const perGeneration = headers.filter((header) => header?.generation === 1).length;
      assert.ok(perGeneration <= 8, `${perGeneration} records of one generation`);
    });
  }

  test("a generation without an update is not sealed with any longer (SR-4.2)", async () => {
    const { sealer } = makeDirection({ sealing: { maxRecords: 4 } });
    for (let count = 0; count < 4; count += 1) await sealOne(sealer);
    assert.throws(() => sealer.seal("data", content), { code: "limit-reached" });
  });

  test("in both directions at once know nothing of each other (SR-4.1)", async () => {
    const sealing = { updateAfterRecords: 2 };
    const up = makeDirection({ sealing });
    const down = makeDirection({ side: "gateway", secretByte: 8, sealing });
    for (let count = 0; count < 4; count += 1) {
      const crossing = [await up.sealer.seal("data", content), await down.sealer.seal("data", content)] as const;
      for (const { time } of [up, down]) time.nowMs += 10_000;
      const opened = [];
      for (const record of crossing[1]) opened.push(await down.opener.open(record));
      for (const record of crossing[0]) opened.push(await up.opener.open(record));
      assert.equal(opened.filter((each) => each?.type === "data").length, 2);
    }
  });

  test("come once when the clock leaps by a day, and not for each hour of it (SR-4.2)", async () => {
    const { sealer, opener, time } = makeDirection();
    await opener.open(await sealOne(sealer));
    time.nowMs += 24 * 3_600_000;
    const types: (string | undefined)[] = [];
    for (let count = 0; count < 3; count += 1) {
      for (const record of await sealer.seal("data", content)) {
        types.push(parseHeader(record)?.type);
        await opener.open(record);
      }
    }
    assert.deepEqual(types, ["keyUpdate", "data", "data", "data"]);
  });

  test("two of them with too few records and too little time between are fatal (SR-4.3)", async () => {
    const run = async (stepMs: number): Promise<void> => {
      const { sealer, opener, time } = makeDirection({ sealing: { updateAfterRecords: 4 } });
      for (let count = 0; count < 20; count += 1) {
        time.nowMs += stepMs;
        for (const record of await sealer.seal("data", content)) await opener.open(record);
      }
    };
    await assert.rejects(() => run(10), refused);
    await run(4_000);
  });

  test("limits can be lowered, never raised (SR-1.5)", () => {
    for (const sealing of [{ updateAfterRecords: 2 ** 20 + 1 }, { maxRecords: 0 }, { maxPlaintextBytes: 61_441 }]) {
      assert.throws(() => makeDirection({ sealing }), { code: "invalid-limit" });
    }
    assert.throws(() => makeDirection({ opening: { maxAuthBytes: 16_385 } }), { code: "invalid-limit" });
  });
});

describe("the change to fresh keys (SR-5.2)", () => {
  for (const primitives of backends) {
    test(`SWITCH is the last record of the old keys; seq and generation begin anew (${primitives.backend})`, async () => {
      const { sealer, opener } = makeDirection({ primitives });
      await opener.open(await sealOne(sealer));
      opener.expectSwitch(secretOf(9));
      await opener.open(await sealOne(sealer));
      const [marker] = await sealer.switchTo(secretOf(9));
      assert.deepEqual(await opener.open(marker ?? content), { type: "switch" });
      const fresh = await sealOne(sealer);
      assert.deepEqual([parseHeader(fresh)?.seq, parseHeader(fresh)?.generation], [0, 0]);
      assert.deepEqual(await opener.open(fresh), { type: "data", content });
    });
  }

  test("a SWITCH nobody waits for is refused", async () => {
    const { sealer, opener } = makeDirection();
    const [marker] = await sealer.switchTo(secretOf(9));
    assert.throws(() => opener.open(marker ?? content), refused);
  });

  test("fresh keys other than those that were agreed on do not open", async () => {
    const { sealer, opener } = makeDirection();
    opener.expectSwitch(secretOf(10));
    const [marker] = await sealer.switchTo(secretOf(9));
    await opener.open(marker ?? content);
    const record = await sealOne(sealer);
    assert.throws(() => opener.open(record), refused);
  });
});

test("records sealed at the same time on an asynchronous backend keep their order and their numbers", async () => {
  for (const primitives of backends) {
    const { sealer, opener } = makeDirection({ primitives, sealing: { updateAfterRecords: 1_000 } });
    const sealed = await Promise.all(
      Array.from({ length: 20 }, (_, index) => sealer.seal("data", Uint8Array.of(index))),
    );
    const opened = await Promise.all(sealed.flat().map((record) => opener.open(record)));
    assert.deepEqual(
      opened.map((each) => (each?.type === "data" ? each.content[0] : undefined)),
      sealed.map((_, index) => index),
    );
  }
});

test("a side seals only the types of its direction", () => {
  const { sealer } = makeDirection();
  assert.throws(() => (sealer as RecordSealer).seal("channelKey", content), /a client seals no channelKey/);
});

test("a record that is reflected to its sender is refused: the directions share no key (SR-0.2)", async () => {
  const prk = secretOf(3);
  const trafficOf = (label: Label): SecretBytes => expandLabel(nodePrimitives, prk, label, new Uint8Array(0), 32);
  const common = { primitives: nodePrimitives, algorithm: "aes-256-gcm", now: () => 0 } as const;
  const sealer = new RecordSealer({ ...common, side: "client", secret: trafficOf(labels.clientTraffic) });
  const [record] = sealer.seal("data", content);
  const own = new RecordOpener({ ...common, from: "gateway", secret: trafficOf(labels.gatewayTraffic) });
  assert.throws(() => own.open(record ?? content), refused);
  const peer = new RecordOpener({ ...common, from: "client", secret: trafficOf(labels.clientTraffic) });
  assert.deepEqual(peer.open(record ?? content), { type: "data", content });
});
