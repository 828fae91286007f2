import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Droppable } from "../../src/channels/segment.ts";
import { PaperMember, PaperRoom } from "./paper-room.ts";

const kinds = [
  "say",
  "say",
  "say",
  "presence",
  "turn",
  "turn",
  "join",
  "leave",
  "expel",
  "stall",
  "drain",
  "beat",
  "wait",
] as const;

interface Act {
  readonly kind: (typeof kinds)[number];
  readonly who: number;
}

const acts: fc.Arbitrary<readonly Act[]> = fc.array(fc.record({ kind: fc.constantFrom(...kinds), who: fc.nat(3) }), {
  minLength: 20,
  maxLength: 150,
});

/** One who may be a member, and which messages it was a member for. */
interface Person {
  readonly member: PaperMember;
  /** By membership: the offset it began after, and the one it ended with. */
  readonly stays: { readonly after: number; until: number }[];
  isIn: boolean;
}

async function play(story: readonly Act[], delivery: Droppable["delivery"] | undefined, announced: boolean) {
  const limits = { freshAfterRecords: 5, freshAfterSteps: 3 };
  const room = new PaperRoom({ ...(delivery && { delivery }), announced, limits, maxOutboundMessages: 8 });
  const people: Person[] = Array.from({ length: 4 }, () => ({ member: new PaperMember(room), stays: [], isIn: false }));
  const end = (person: Person): void => {
    person.isIn = false;
    const stay = person.stays.at(-1);
    if (stay !== undefined) stay.until = room.offset;
  };
  const act: Record<Act["kind"], (person: Person) => void | Promise<void>> = {
    say: () => room.say(),
    presence: ({ member }) =>
      room.fanout.sendFrame(
        { type: "presence", channel: 7 },
        new Map(room.fanout.members.has(member) ? [[member, 1]] : []),
      ),
    turn: () => room.turnEnds(),
    join: (person) => {
      if (person.isIn || person.member.isClosed) return;
      person.isIn = true;
      person.stays.push({ after: room.offset, until: Number.POSITIVE_INFINITY });
      room.enter(person.member);
    },
    leave: (person) => {
      if (!person.isIn || person.member.isClosed) return;
      end(person);
      room.leave(person.member);
    },
    expel: (person) => {
      if (!person.isIn || person.member.isClosed) return;
      end(person);
      room.leave(person.member, "expelled");
    },
    stall: ({ member }) => member.stall(),
    drain: ({ member }) => member.drain(),
    beat: ({ member }) => member.outbox.beat(),
    wait: () => room.clock.pass(200),
  };
  for (const { kind, who } of story) await act[kind](people[who] as Person);
  await room.turnEnds();
  for (const { member } of people) member.drain();
  await room.turnEnds();
  return { room, people };
}

/** Every message of each stay, in order, each once; where one is missing it is told by a notice, or need not be. */
function check({ member, stays }: Person, room: PaperRoom, isLossy: boolean, isWhole: boolean): void {
  const got = member.read();
  assert.ok(!got.includes("lost"), `nothing is lost: ${got}`);
  let stay = -1;
  let last = 0;
  for (const each of got) {
    if (each === "joined") {
      stay += 1;
      last = stays[stay]?.after ?? Number.NaN;
    } else if (typeof each === "number") {
      assert.ok(each <= (stays[stay]?.until ?? Number.NaN), `${each} came after the end of stay ${stay}: ${got}`);
      assert.ok(isLossy ? each > last : each === last + 1, `${each} after ${last}: ${got}`);
      last = each;
    } else if (each.startsWith("messages-dropped")) {
      const [, from, to] = each.split(" ").map(Number);
      assert.equal(from, last + 1, `a gap begins behind the last message: ${got}`);
      last = to as number;
    }
  }
  const { until = 0 } = stays.at(-1) ?? {};
  if (isWhole && until === Number.POSITIVE_INFINITY && !member.isClosed) assert.equal(last, room.offset, `${got}`);
}

const ways: readonly [what: string, delivery: Droppable["delivery"] | undefined, announced: boolean][] = [
  ["loses nothing", undefined, true],
  ["drops the oldest", "drop-oldest", true],
  ["keeps the latest", "keep-latest", true],
  ["has the latest value", "keep-latest", false],
  ["is ephemeral", "drop", false],
];

for (const [what, delivery, announced] of ways) {
  test(`whoever joins, leaves and stalls: a channel that ${what} gives everything in order or tells the gap (RK-5)`, async (t) => {
    const seed = Number(process.env["WARDWIRE_FUZZ_SEED"] ?? Date.now() % 2 ** 31);
    t.diagnostic(`WARDWIRE_FUZZ_SEED=${seed}`);
    let messages = 0;
    const property = fc.asyncProperty(acts, async (story) => {
      const { room, people } = await play(story, delivery, announced);
      assert.deepEqual(room.failures, []);
      for (const person of people) {
        check(person, room, !announced, announced || delivery === "keep-latest");
        messages += person.member.got.length;
      }
    });
    await fc.assert(property, { seed, numRuns: 150 });
    assert.ok(messages > 1_000, `${messages} things were looked at`);
  });
}
