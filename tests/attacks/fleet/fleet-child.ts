/**
 * The fleet, in a process of its own: waits for its orders on an IPC channel, attacks, and tells what came of it. At the
 * lowest priority, so that where cores are few it takes none from the gateway or from who measures it: what is asked is
 * what the gateway can bear, not how two processes share a core. Should that leave it too little, too few attacks
 * complete and the test fails.
 */
import { setPriority } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { type Arsenal, type Attack, Attacker, type AttackKind, arm } from "./attacker.ts";
import type { AttackOutcome, FleetOrders } from "./fleet-process.ts";
import { everyKind } from "./kinds/every-kind.ts";

setPriority(19);
process.once("message", async (orders: FleetOrders) => {
  const kinds = everyKind.filter(({ name }) => orders.kinds === "all" || orders.kinds.includes(name));
  const arsenal = await arm(orders.port, orders.ca, orders.tokens);
  process.send?.(await attackInTurn(arsenal, kinds, orders), () => process.disconnect());
});

/** An answer that has not come by then does not count; the slowest has ten seconds by design. */
const patienceMs = 14_000;

/** Starts attacks at an even pace, kind after kind, and resolves when the last has ended. */
async function attackInTurn(
  arsenal: Arsenal,
  kinds: readonly AttackKind[],
  { perSecond, durationMs }: FleetOrders,
): Promise<readonly AttackOutcome[]> {
  const tallies = kinds.map((kind) => ({ kind, launched: 0, completed: 0, failures: new Map<string, number>() }));
  const running: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let elapsedMs = 0; elapsedMs < durationMs; elapsedMs = performance.now() - startedAt) {
    const due = (elapsedMs / 1_000) * perSecond * kinds.length;
    while (running.length < due) {
      const tally = tallies[running.length % kinds.length] as Tally;
      running.push(carryOut(arsenal, tally, running.length));
    }
    await delay(5);
  }
  await Promise.all(running);
  return tallies.map(({ kind: { name }, failures, ...counts }) => ({ name, ...counts, failures: [...failures] }));
}

interface Tally {
  readonly kind: AttackKind;
  launched: number;
  completed: number;
  readonly failures: Map<string, number>;
}

/** One attack, counted. `number` gives it a source and a user. */
async function carryOut(arsenal: Arsenal, tally: Tally, number: number): Promise<void> {
  const { source, attacks } = tally.kind;
  const attack = attacks[tally.launched % attacks.length] as Attack;
  tally.launched += 1;
  using attacker = new Attacker(arsenal, source ?? `127.0.0.${2 + (number % 253)}`, number);
  const { promise: impatient, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("no answer in time")), patienceMs);
  try {
    await Promise.race([attack(attacker), impatient]);
    tally.completed += 1;
  } catch (error) {
    const { message } = error as Error;
    tally.failures.set(message, (tally.failures.get(message) ?? 0) + 1);
  } finally {
    clearTimeout(timer);
  }
}
