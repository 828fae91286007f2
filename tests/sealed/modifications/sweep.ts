import assert from "node:assert/strict";
import { test } from "node:test";
import type { LoggedClient } from "../../faults/system/logged-client.ts";
import { assertGuarantee } from "../../faults/system/verdict.ts";
import { type Interference, interferences, type Strike, strikeAt } from "../proxy/interferences.ts";
import type { Direction } from "../proxy/man-in-the-middle.ts";
import type { Carried } from "../proxy/message-reader.ts";
import { joinLogged, type LoggedSystem, startLoggedSystem } from "../system/logged-room.ts";

/** Messages of each direction that are struck; the story has a few more, so that something always follows. */
const struckMessages = { up: 6, down: 8 };
/** Interferences at once: most of their time is waiting for a beat. */
export const lanes = 10;

const outcomes = {
  detected: "noticed, and nobody misses or is told anything wrong",
  harmless: "as good as before",
  either: "noticed or comes to nothing",
} as const;

/** Every second one of them, the odd or the even ones, unless `WARDWIRE_FUZZ=full` asks for all. */
const isFull = process.env["WARDWIRE_FUZZ"] === "full";
const seed = Number(process.env["WARDWIRE_FUZZ_SEED"] ?? Date.now() % 2 ** 31);

function struck(direction: Direction): readonly number[] {
  const all = Array.from({ length: struckMessages[direction] }, (_, index) => index + 1);
  return all.filter((number) => isFull || number % 2 === seed % 2);
}

/** Tests every interference with the first data messages of a direction, one by one. */
export function sweep(direction: Direction): void {
  for (const interference of interferences) {
    const name = `${interference.name} is ${outcomes[interference.expected]}`;
    test(`${name} (SR-1.1 to SR-1.4, SR-3.2, RK-3, RK-5)`, { timeout: 110_000 }, async (t) => {
      t.diagnostic(`WARDWIRE_FUZZ_SEED=${seed}`);
      await using system = await startLoggedSystem();
      for (const number of struck(direction)) {
        const carryOut = (): Promise<boolean> => strikeOnce(system, interference, direction, number);
        const hasStruck = (await carryOut()) || (await carryOut()) || (await carryOut());
        assert.ok(hasStruck, `message ${number} ${direction} ${interference.name}: the story never came so far`);
      }
      assert.deepEqual(system.failures, []);
    });
  }
}

/**
 * Two members talk, while one of their connections is struck once.
 *
 * @returns whether it was; on a machine that is very busy a connection may end by itself before.
 */
async function strikeOnce(
  system: LoggedSystem,
  interference: Interference,
  direction: Direction,
  number: number,
): Promise<boolean> {
  const room = crypto.randomUUID();
  const foreign = recorder(direction, number);
  system.proxy.tamperWith(() => foreign);
  await using bob = await joinLogged(system, "bob", room);
  await bob.publish(`${room}-bob-0`);
  const strike = strikeAt(interference, direction, number, foreign.recorded());
  const { connections } = system.proxy;
  system.proxy.tamperWith((connection) => (connection === connections + 1 ? strike : {}));
  await using alice = await joinLogged(system, "alice", room);
  const losses = lossesOf(alice);
  await talk(alice, bob, room);
  const { gaps } = await assertGuarantee([alice, bob]);
  assert.equal(gaps, 0, "recovery gives back what was missed");
  if (!strike.hasStruck) return false;
  const what = `message ${number} ${direction} ${interference.name}`;
  const reconnections = system.proxy.connections - connections - 1;
  if (interference.expected === "detected") assert.notEqual(reconnections, 0, `${what}: nobody noticed`);
  if (interference.expected === "harmless") assert.equal(reconnections, 0, `${what}: it was taken for harm`);
  assert.deepEqual([alice.ending, bob.ending], [undefined, undefined], `${what}: it ended a client for good`);
  for (const code of losses) assert.ok(lossCodes.has(code), `${what}: it told the application ${code}`);
  return true;
}

/** What a client may say of it: one error for all that does not open, and that nobody is heard of (HS-4.2, SR-1.4, SR-3.2). */
const lossCodes: ReadonlySet<string> = new Set(["session-failed", "truncated", "heartbeat-lost", "closed-by-gateway"]);

/** Fills with the code of every connection that is lost from now on. */
function lossesOf({ client }: LoggedClient): readonly string[] {
  const codes: string[] = [];
  client.addEventListener("state", ({ detail }) => {
    if (detail.phase === "waiting" || detail.phase === "closed") codes.push(detail.reason.code);
  });
  return codes;
}

async function talk(alice: LoggedClient, bob: LoggedClient, room: string): Promise<void> {
  for (let round = 1; round <= 5; round += 1) {
    await alice.publish(`${room}-alice-${round}`);
    await bob.publish(`${room}-bob-${round}`);
    await alice.received(`${room}-bob-${round}`);
  }
}

/** Carries everything, and keeps the messages of one direction. */
function recorder(direction: Direction, number: number): Strike & { recorded(): Carried } {
  const kept: Carried[] = [];
  return {
    hasStruck: false,
    carry(message, way) {
      if (way.direction === direction && message.opcode <= 2) kept.push(message);
      way.forward(message);
    },
    recorded: () => kept[number - 1] ?? kept.at(-1) ?? { opcode: 2, payload: Buffer.alloc(64) },
  };
}
