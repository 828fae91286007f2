import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { GatewayEvent } from "../../src/observe/events.ts";
import { type Levels, Metrics } from "../../src/observe/metrics.ts";
import { GatewayOnPaper } from "../gateway-on-paper.ts";

const levels: Levels = {
  openConnections: 3,
  unauthenticatedConnections: 1,
  channels: 2,
  outboundBytes: 4_096,
  incompleteBytes: 512,
  forgottenSubjects: 0,
  suppressedSignals: 0,
};
const address = "192.0.2.7";

async function textOf(...events: readonly GatewayEvent[]): Promise<string> {
  const metrics = new Metrics();
  for (const event of events) metrics.count(event);
  return metrics.text(levels);
}

const counted: readonly (readonly [event: GatewayEvent, line: string])[] = [
  [
    { event: "connected", connection: "c_1", user: "alice", device: "phone", address },
    "wardwire_connections_authenticated_total 1",
  ],
  [
    { event: "disconnected", connection: "c_1", address, code: 1013, by: "overloaded" },
    'wardwire_connections_closed_total{code="1013",by="overloaded"} 1',
  ],
  [
    { event: "disconnected", connection: "c_1", address, code: 4999 },
    'wardwire_connections_closed_total{code="other",by="client"} 1',
  ],
  [
    { event: "upgrade-refused", status: 403, cause: "origin", reason: "no", address, origin: "https://evil.example" },
    'wardwire_handshakes_refused_total{cause="origin"} 1',
  ],
  [
    { event: "authentication-failed", code: "token-expired", detail: "d", address },
    'wardwire_authentications_failed_total{code="token-expired"} 1',
  ],
  [
    { event: "denied", connection: "c_1", user: "alice", operation: "join", target: "room", reason: "r" },
    'wardwire_operations_denied_total{operation="join"} 1',
  ],
  [
    { event: "rate-limited", budget: "user-frames", address, dryRun: true },
    'wardwire_rate_limited_total{budget="user-frames",dry_run="true"} 1',
  ],
  [
    { event: "signal", signal: "slow-consumers", count: 10, threshold: 10, windowMs: 1 },
    'wardwire_signals_total{signal="slow-consumers"} 1',
  ],
  [{ event: "decode-error", code: "invalid-frame", connection: "c_1", address }, "wardwire_decode_errors_total 1"],
  [{ event: "sealed", connection: "c_1", address, suite: 2 }, 'wardwire_sealed_handshakes_total{suite="2"} 1'],
  [
    { event: "sealed-failed", kind: "unknown-key", connection: "c_1", address },
    'wardwire_sealed_failures_total{kind="unknown-key"} 1',
  ],
  [{ event: "rekeyed", how: "update", connection: "c_1" }, 'wardwire_sealed_rekeys_total{how="update"} 1'],
  [{ event: "revoked", user: "alice", closed: 2 }, "wardwire_revocations_total 1"],
  [{ event: "revoked-token-used", user: "alice", address }, "wardwire_revoked_tokens_used_total 1"],
  [{ event: "failure", where: "authorize", error: new Error("x") }, "wardwire_failures_total 1"],
  [{ event: "peer-problem", what: "reset" }, "wardwire_peer_problems_total 1"],
];

describe("metrics (R55)", () => {
  for (const [event, line] of counted) {
    test(`${event.event}: ${line}`, async () => assert.ok((await textOf(event)).split("\n").includes(line)));
  }

  test("show what is there now, and leave out what cannot be known", async () => {
    const text = await textOf();
    for (const line of ["connections_open 3", "connections_unauthenticated 1", "channels 2", "outbound_bytes 4096"])
      assert.ok(text.split("\n").includes(`wardwire_${line}`), line);
    assert.equal(/^wardwire_descriptors_max /m.test(text), false);
    const metrics = new Metrics();
    const whole = { ...levels, eventLoopLagSeconds: 0.002, openDescriptors: 30, maxDescriptors: 1_024 };
    assert.match(await metrics.text(whole), /^wardwire_event_loop_lag_seconds 0.002$/m);
    assert.match(await metrics.text(whole), /^wardwire_descriptors_max 1024$/m);
    assert.equal(/^wardwire_descriptors_max /m.test(await metrics.text(levels)), false, "and forget what was known");
  });

  test("are in the text format of Prometheus: each with its help and type, each sample under its family", async () => {
    const text = await textOf(...counted.map(([event]) => event));
    const families = new Map<string, string>();
    for (const line of text.split("\n").filter((each) => each !== "")) {
      const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
      if (kind === "TYPE") families.set(name, rest);
      if (kind !== undefined) continue;
      const sample = /^(wardwire_[a-z_]+)(\{[a-z_]+="[\w-]*"(,[a-z_]+="[\w-]*")*\})? [\d.e+-]+$/.exec(line);
      assert.ok(sample !== null, line);
      assert.ok(families.has(sample[1] ?? ""), line);
    }
    for (const [name, type] of families) assert.equal(name.endsWith("_total"), type === "counter", name);
  });

  test("of two gateways are apart", async () => {
    const [first, second] = [new Metrics(), new Metrics()];
    first.count({ event: "peer-problem", what: "reset" });
    assert.match(await first.text(levels), /^wardwire_peer_problems_total 1$/m);
    assert.match(await second.text(levels), /^wardwire_peer_problems_total 0$/m);
  });

  test("grow with nothing a stranger or a user chooses", async () => {
    const strange = (index: number): readonly GatewayEvent[] => {
      const from = `192.0.2.${index % 250}`;
      const user = `user-${index}`;
      return [
        { event: "connected", connection: `c_${index}`, user, device: `d-${index}`, address: from },
        { event: "disconnected", connection: `c_${index}`, user, address: from, code: 3_000 + index },
        {
          event: "upgrade-refused",
          status: 403,
          cause: "origin",
          reason: `r ${index}`,
          address: from,
          origin: `https://${index}.example`,
        },
        { event: "authentication-failed", code: `code-${index}`, detail: `d ${index}`, address: from },
        { event: "denied", connection: "c_1", user, operation: `op-${index}`, target: `t-${index}`, reason: "r" },
        { event: "decode-error", code: `code-${index}`, connection: "c_1", address: from },
        { event: "peer-problem", what: `what ${index}`, code: `E${index}` },
      ];
    };
    const few = await textOf(...strange(0), ...strange(1));
    const many = await textOf(...Array.from({ length: 500 }, (_, index) => strange(index)).flat());
    assert.equal(many.split("\n").length, few.split("\n").length);
    assert.equal(/user-|192\.0\.2|\.example/.test(many), false);
  });
});

test("a gateway counts what happens to it (R55)", async () => {
  const gateway = new GatewayOnPaper({ limits: { joinsPerSecond: 1, joinBurst: 1 } });
  const alice = await gateway.connect("alice");
  for (const id of [2, 3]) alice.send({ type: "join", id, channel: "plain", params: { roomId: "tea" } });
  await alice.next("error");
  alice.close(1000, "");
  await gateway.upgrade({ origin: "https://evil.example" });
  await gateway.upgrade({ authorization: "Bearer bad", origin: undefined });
  const text = await gateway.core.metrics.text(levels);
  for (const line of [
    "connections_authenticated_total 1",
    'connections_closed_total{code="1000",by="client"} 1',
    'handshakes_refused_total{cause="origin"} 1',
    'handshakes_refused_total{cause="credential"} 1',
    'authentications_failed_total{code="token-invalid"} 1',
    'rate_limited_total{budget="joins",dry_run="false"} 1',
  ]) {
    assert.ok(text.split("\n").includes(`wardwire_${line}`), `${line}\n${text}`);
  }
});
