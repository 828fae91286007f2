import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { GatewayEvent } from "../../src/observe/events.ts";
import { openProcessMeter } from "../../src/signals/process-meter.ts";
import { defaultThresholds, type SignalEvent } from "../../src/signals/signal.ts";
import { type Descriptors, lookEveryMs, VitalSigns } from "../../src/signals/vital-signs.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A process whose vital signs the test decides. */
class Patient {
  readonly clock = new ManualClock();
  readonly raised: SignalEvent[] = [];
  readonly events: GatewayEvent[] = [];
  lagMs = 1;
  descriptors: Descriptors | undefined | Error = { open: 100, limit: 1_000 };
  meters = 0;
  readonly vitalSigns = new VitalSigns({
    thresholds: defaultThresholds,
    clock: this.clock,
    observe: (event) => this.events.push(event),
    raise: (signal) => this.raised.push(signal),
    openMeter: () => {
      this.meters += 1;
      return {
        lagMs: () => this.lagMs,
        descriptors: async () => {
          if (this.descriptors instanceof Error) throw this.descriptors;
          return this.descriptors;
        },
        close: () => {
          this.meters -= 1;
        },
      };
    },
  });

  /** So many looks at it, one after the other. */
  async look(times = 1): Promise<readonly (readonly [string, number])[]> {
    for (let time = 0; time < times; time += 1) {
      this.clock.pass(lookEveryMs);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return this.raised.map(({ signal, count }) => [signal, count] as const);
  }
}

interface Condition {
  readonly lagMs?: number;
  readonly descriptors?: Patient["descriptors"];
  readonly certificateForMs?: number;
}

function watched({ certificateForMs = 60 * dayMs, ...condition }: Condition = {}): Patient {
  const patient = Object.assign(new Patient(), condition);
  patient.vitalSigns.certificateUntil(new Date(patient.clock.now() + certificateForMs));
  patient.vitalSigns.start();
  return patient;
}

describe("vital signs (R55)", () => {
  test("of a healthy process raise nothing in an hour", async () => {
    assert.deepEqual(await watched().look(360), []);
  });

  const bad: readonly (readonly [what: string, Condition, signal: string, count: number])[] = [
    ["an event loop 101 ms late", { lagMs: 101.2 }, "event-loop-lag", 101],
    ["80 % of the descriptors", { descriptors: { open: 800, limit: 1_000 } }, "descriptors", 80],
    ["a certificate with less than 14 days to go", { certificateForMs: 14 * dayMs }, "certificate-expiring", 13],
    ["a certificate that has expired", { certificateForMs: -1 }, "certificate-expiring", -1],
  ];
  for (const [what, condition, signal, count] of bad) {
    test(`${what}: raised at the next look, and once in a while as long as it lasts`, async () => {
      const patient = watched(condition);
      assert.deepEqual(await patient.look(), [[signal, count]]);
      assert.equal((await patient.look(30)).length, 1);
      const dailyOrEveryTenMinutes = signal === "certificate-expiring" ? 8_640 : 60;
      assert.equal((await patient.look(dailyOrEveryTenMinutes)).length, 2);
    });
  }

  const fine: readonly (readonly [what: string, Condition])[] = [
    ["an event loop 100 ms late", { lagMs: 100 }],
    ["79.9 % of the descriptors", { descriptors: { open: 799, limit: 1_000 } }],
    ["descriptors nobody counts", { descriptors: undefined }],
    ["a certificate with 15 days to go", { certificateForMs: 15 * dayMs }],
  ];
  for (const [what, condition] of fine) {
    test(`${what}: nothing`, async () => assert.deepEqual(await watched(condition).look(3), []));
  }

  test("a renewed certificate ends it, and the next bad one is raised at once", async () => {
    const patient = watched();
    const renew = (days: number): void =>
      patient.vitalSigns.certificateUntil(new Date(patient.clock.now() + days * dayMs));
    renew(3);
    await patient.look();
    renew(90);
    assert.equal((await patient.look(10)).length, 1);
    renew(5);
    assert.equal((await patient.look()).length, 2);
  });

  test("a meter that fails is reported, and the others go on", async () => {
    const patient = watched({ descriptors: new Error("no /proc here"), lagMs: 500 });
    assert.deepEqual(await patient.look(), [["event-loop-lag", 500]]);
    assert.deepEqual(
      patient.events.map((event) => event.event === "failure" && event.where),
      ["vital signs"],
    );
  });

  test("closing ends the looking, also while it looks", async () => {
    const patient = watched({ lagMs: 500 });
    patient.vitalSigns.start();
    assert.equal(patient.meters, 1, "a second start does nothing");
    patient.clock.pass(lookEveryMs);
    patient.vitalSigns.close();
    assert.deepEqual(await patient.look(3), []);
    assert.deepEqual([patient.meters, patient.clock.timers], [0, 0]);
  });
});

describe("the meter of this process", () => {
  test("sees an event loop that is held up, again and again, and forgets it once asked", async () => {
    const meter = openProcessMeter();
    const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
    for (let round = 0; round < 5; round += 1) {
      await turn();
      const until = performance.now() + 60;
      while (performance.now() < until);
    }
    await turn();
    const heldUp = meter.lagMs();
    assert.ok(heldUp > 30, `${heldUp} ms`);
    assert.equal(meter.lagMs(), 0);
    meter.close();
  });

  test("counts descriptors on Linux, and nowhere else (R55)", async (context) => {
    const elsewhere = openProcessMeter("darwin");
    assert.equal(await elsewhere.descriptors(), undefined);
    elsewhere.close();
    if (process.platform !== "linux") return context.skip("there is no /proc on this system");
    const meter = openProcessMeter();
    const { open = 0, limit = 0 } = (await meter.descriptors()) ?? {};
    meter.close();
    assert.ok(open > 2 && open < limit, `${open} of ${limit}`);
  });
});
