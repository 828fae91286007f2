import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { checkLogs, revocationGraceMs, type ViolationKind } from "./check-logs.ts";
import type { ClientLog, LogEntry } from "./log.ts";

/*
 * The checker is only worth what it finds: sound logs of many shapes pass it, and each way to break the guarantee, put
 * into a sound log at a random place, is found and named.
 */

const seed = Number(process.env["WARDWIRE_SEED"] ?? Date.now() % 2 ** 31);
console.log(`seed ${seed} (WARDWIRE_SEED=${seed} repeats it)`);

const channel = "lobby:tea";

/** A sound run: alice publishes, both are members; bob is told of a gap in the middle, and is revoked at the end. */
interface Run {
  readonly messages: number;
  /** Messages bob misses and is told of: from `gapAfter` on, `gapLength` of them. */
  readonly gapAfter: number;
  readonly gapLength: number;
  /** How many acknowledgements never came back. */
  readonly unacknowledged: number;
}

const runs: fc.Arbitrary<Run> = fc.record({
  messages: fc.integer({ min: 12, max: 40 }),
  gapAfter: fc.integer({ min: 1, max: 4 }),
  gapLength: fc.integer({ min: 0, max: 3 }),
  unacknowledged: fc.integer({ min: 0, max: 2 }),
});

interface Logs {
  readonly alice: LogEntry[];
  readonly bob: LogEntry[];
}

function check({ alice, bob }: Logs): readonly ViolationKind[] {
  const logs: readonly ClientLog[] = [
    { client: "alice", entries: alice },
    { client: "bob", entries: bob },
  ];
  return checkLogs(logs).map(({ kind }) => kind);
}

function soundLogs(run: Run): Logs {
  const join = { event: "joined", channel, position: { stream: "s", offset: 0 } } as const;
  const alice: LogEntry[] = [{ at: 0, ...join }];
  const bob: LogEntry[] = [{ at: 0, ...join }];
  for (let offset = 1; offset <= run.messages; offset += 1) {
    const at = offset * 10;
    const send = `m${offset}`;
    const received: LogEntry = { at, event: "received", channel, stream: "s", offset, send };
    alice.push({ at, event: "sent", channel, send }, received);
    if (offset > run.unacknowledged) alice.push({ at, event: "acknowledged", channel, send, stream: "s", offset });
    const isMissed = offset > run.gapAfter && offset <= run.gapAfter + run.gapLength;
    if (!isMissed) bob.push(received);
    else if (offset === run.gapAfter + run.gapLength) {
      const since = { stream: "s", offset: run.gapAfter };
      bob.push({ at, event: "gap", channel, since, position: { stream: "s", offset } });
    }
  }
  const at = run.messages * 10;
  const settled: LogEntry = { at, event: "settled", channel, position: { stream: "s", offset: run.messages } };
  alice.push(settled);
  bob.push({ at, event: "revoked" }, settled);
  return { alice, bob };
}

type Corruption = (bob: LogEntry[], run: Run, pick: number) => void;

/** Indexes of what bob received after the gap, so that a corruption does not touch what he was told of. */
function receipts(bob: readonly LogEntry[], run: Run): number[] {
  return bob.flatMap((entry, index) =>
    entry.event === "received" && entry.offset > run.gapAfter + run.gapLength + 1 ? [index] : [],
  );
}

const corruptions: readonly (readonly [ViolationKind, string, Corruption])[] = [
  [
    "lost",
    "the end of the stream is cut off although the client says it has all",
    (bob, run) => {
      const last = bob.findLastIndex((entry) => entry.event === "received");
      const gone = bob.splice(last, 1);
      assert.equal(gone.length, 1);
      bob[bob.length - 1] = {
        at: 0,
        event: "settled",
        channel,
        position: { stream: "s", offset: run.messages - 1 },
      };
    },
  ],
  [
    "reordered",
    "two messages change places",
    (bob, run, pick) => {
      const indexes = receipts(bob, run);
      const first = indexes[pick % (indexes.length - 1)] ?? 0;
      const [one, two] = [bob[first], bob[first + 1]];
      assert.ok(one !== undefined && two !== undefined);
      bob[first] = two;
      bob[first + 1] = one;
    },
  ],
  [
    "duplicate",
    "a message comes again later",
    (bob, run, pick) => {
      const indexes = receipts(bob, run);
      const again = bob[indexes[pick % indexes.length] ?? 0];
      assert.ok(again !== undefined);
      bob.splice(bob.length - 2, 0, again);
    },
  ],
  [
    "foreign",
    "a message of a channel one never joined",
    (bob, _run, pick) => {
      const entry: LogEntry = { at: 1, event: "received", channel: "room:other", stream: "t", offset: 1, send: "m1" };
      bob.splice(1 + (pick % (bob.length - 2)), 0, entry);
    },
  ],
  [
    "after-revocation",
    "a message comes later than a second after the revocation",
    (bob, run) => {
      const last = bob.findLastIndex((entry) => entry.event === "received");
      const [late] = bob.splice(last, 1);
      assert.ok(late !== undefined);
      bob.splice(bob.length - 1, 0, { ...late, at: run.messages * 10 + revocationGraceMs + 1 });
    },
  ],
  [
    "silent-gap",
    "a message in the middle is missing",
    (bob, run, pick) => {
      const indexes = receipts(bob, run).slice(0, -1);
      bob.splice(indexes[pick % indexes.length] ?? 0, 1);
    },
  ],
];

describe("the checker of client logs", () => {
  test("says nothing of sound runs, with gaps that were told and acknowledgements that were lost", () => {
    fc.assert(
      fc.property(runs, (run) => {
        assert.deepEqual(check(soundLogs(run)), []);
      }),
      { seed },
    );
  });

  for (const [kind, what, corrupt] of corruptions) {
    test(`finds ${kind}: ${what}`, () => {
      fc.assert(
        fc.property(runs, fc.nat(), (run, pick) => {
          const logs = soundLogs(run);
          corrupt(logs.bob, run, pick);
          const kinds = check(logs);
          assert.ok(kinds.includes(kind), `found ${JSON.stringify(kinds)}`);
        }),
        { seed },
      );
    });
  }

  test("finds lost: one position holds two messages, as after an engine that forgot an acknowledged one", () => {
    const logs = soundLogs({ messages: 12, gapAfter: 1, gapLength: 0, unacknowledged: 0 });
    const index = logs.bob.findIndex((entry) => entry.event === "received" && entry.offset === 6);
    logs.alice.unshift({ at: 0, event: "sent", channel, send: "other" });
    logs.bob[index] = { at: 60, event: "received", channel, stream: "s", offset: 6, send: "other" };
    const kinds = check(logs);
    assert.ok(kinds.includes("lost"), `found ${JSON.stringify(kinds)}`);
  });

  test("finds silent-gap: another stream without a word", () => {
    const bob: LogEntry[] = [
      { at: 0, event: "joined", channel, position: { stream: "s", offset: 3 } },
      { at: 1, event: "settled", channel, position: { stream: "t", offset: 0 } },
    ];
    assert.deepEqual(check({ alice: [], bob }), ["silent-gap"]);
  });

  test("says nothing of another stream that was told of", () => {
    const bob: LogEntry[] = [
      { at: 0, event: "joined", channel, position: { stream: "s", offset: 3 } },
      {
        at: 1,
        event: "gap",
        channel,
        since: { stream: "s", offset: 3 },
        position: { stream: "t", offset: 2 },
      },
      { at: 2, event: "settled", channel, position: { stream: "t", offset: 2 } },
    ];
    assert.deepEqual(check({ alice: [], bob }), []);
  });
});
