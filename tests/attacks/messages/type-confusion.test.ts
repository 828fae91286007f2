import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Decoder } from "socket.io-parser-4.0.4";
import { type AnyFrame, FrameSession } from "../fixtures/frame-session.ts";
import { guardedTarget } from "../fixtures/target.ts";

/** Each JSON type, and values that a careless program takes for something else. */
const values: readonly string[] = [
  "null",
  "true",
  "false",
  "0",
  "-1",
  "1.5",
  "1e308",
  "9007199254740993",
  '""',
  '"1"',
  '"lobby"',
  '"__proto__"',
  '"constructor"',
  '"splice"',
  "[]",
  '["lobby"]',
  "[[[]]]",
  "{}",
  '{"toString":1}',
  '{"length":100000}',
  '{"__proto__":{"allowed":true}}',
  '{"constructor":{"prototype":{"allowed":true}}}',
  '{"_placeholder":true,"num":"splice"}',
  '{"type":"Buffer","data":[1,2,3]}',
  '{"then":"x"}',
];

/** Each request in full; any field of it may be replaced. */
const requests: readonly (AnyFrame & { readonly type: string })[] = [
  { type: "connect", id: 1, token: "alice", ticket: "t", device: "phone" },
  { type: "renew", id: 2, token: "alice" },
  { type: "join", id: 3, channel: "lobby", params: { roomId: "tea" }, since: { stream: "s", offset: 1 } },
  { type: "leave", id: 4, channel: 1 },
  { type: "publish", id: 5, channel: 1, data: { text: "hello" }, key: "k" },
  { type: "call", id: 6, command: "renameRoom", input: { roomId: "tea", title: "Tea" } },
  { type: "history", id: 7, channel: 1, since: { stream: "s", offset: 1 }, limit: 10, reverse: true },
  { type: "presence", id: 8, channel: 1 },
  { type: "pong" },
];

const documentedErrors = new Set([
  "invalid-frame",
  "unknown-type",
  "invalid-data",
  "unknown-channel",
  "unknown-command",
  "already-joined",
  "not-joined",
  "too-large",
  "token-invalid",
]);

/** A request with one field replaced by a value, as it stands on the wire. */
function replaced(request: AnyFrame, field: string, value: string): string {
  const fields = Object.entries({ ...request, [field]: undefined }).map(
    ([name, own]) => `${JSON.stringify(name)}:${name === field ? value : JSON.stringify(own)}`,
  );
  return `{${fields.join(",")}}`;
}

/** A frame's own rate is not lifted by a dry run, and every faulty frame costs of the error budget. */
const limits = { messageBurst: 100_000, errorBudget: 100_000, maxConnectionsPerUser: 1_000 };

describe("attack 11: values of another type than expected", { timeout: 40_000 }, () => {
  test("attack 11: every field of every frame may be of every JSON type (CVE-2022-2421, CVE-2023-32695, CVE-2026-33151, CVE-2023-30591, R33, R35)", async (t) => {
    const failures: string[] = [];
    await using target = await guardedTarget(limits, "plain", {
      dryRun: true,
      observe: (event) => {
        if (event.event === "failure") failures.push(`${event.where}: ${event.error}`);
      },
    });
    const errors = new Map<string, number>();
    for (const request of requests) {
      for (const field of Object.keys(request)) {
        await using session = await joined(target.port);
        for (const value of values) {
          const text = replaced(request, field, value);
          const { frames, closed } = await session.exchangeText(text);
          for (const { type, code } of frames) {
            if (type !== "error") continue;
            assert.ok(documentedErrors.has(String(code)), `${code} for ${text}`);
            errors.set(String(code), (errors.get(String(code)) ?? 0) + 1);
          }
          if (closed === undefined) continue;
          assert.equal(closed, 4400, text);
          break;
        }
      }
    }
    t.diagnostic(JSON.stringify(Object.fromEntries(errors)));
    assert.deepEqual(failures, []);
    assert.equal(Object.hasOwn(Object.prototype, "allowed"), false);
    assert.ok((errors.get("invalid-frame") ?? 0) > 100, "the attack has lost its reach");
    await using honest = await joined(target.port);
    assert.deepEqual(await honest.exchange({ type: "pong" }), { frames: [] });
  });

  test("attack 11: what a frame holds is counted: frames of a message, depth, joins (CVE-2026-33151, CVE-2020-36049, R33)", async () => {
    await using target = await guardedTarget({ ...limits, maxJoins: 3 }, "plain", { dryRun: true });
    const pong = '{"type":"pong"}';
    const deep = (depth: number) => `{"type":"pong","x":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    const cases: readonly (readonly [text: string, closed: number | undefined])[] = [
      [Array.from({ length: 63 }, () => pong).join("\n"), undefined],
      [Array.from({ length: 64 }, () => pong).join("\n"), 4400],
      [Array.from({ length: 20_000 }, () => "{}").join("\n"), 4400],
      [deep(31), undefined],
      [deep(32), 4400],
      [deep(30_000), 4400],
      [`{"type":"pong","x":"${"y".repeat(65_536)}"}`, 1009],
    ];
    for (const [text, closed] of cases) {
      await using session = await joined(target.port);
      assert.equal((await session.exchangeText(text)).closed, closed, text.slice(0, 60));
    }
    await using session = await joined(target.port);
    const joins = [3, 4, 5].map((id) => ({ type: "join", id, channel: "lobby", params: { roomId: `r${id}` } }));
    const { frames } = await session.exchange(...joins);
    assert.deepEqual(
      frames.filter(({ id }) => id !== undefined).map(({ type }) => type),
      ["joined", "joined", "error"],
    );
  });

  test("negative control: socket.io-parser 4.0.4 gives a function where an attachment is expected, and waits for any number", () => {
    const decoded: unknown[] = [];
    const decoder = new Decoder().on("decoded", ({ data }) => decoded.push(data));
    decoder.add('51-["upload",{"_placeholder":true,"num":"splice"}]');
    decoder.add(Buffer.from("x"));
    const [[, attachment] = []] = decoded as readonly unknown[][];
    assert.equal(attachment, Array.prototype.splice);
    decoder.add('5999999999-["upload"]');
    for (let attachments = 0; attachments < 10_000; attachments += 1) decoder.add(Buffer.from("x"));
    assert.equal(decoded.length, 1, "all of them are kept");
  });
});

/** A session of alice's that has joined a lobby. */
async function joined(port: number): Promise<FrameSession> {
  const session = await FrameSession.open(port);
  const join = { type: "join", id: 2, channel: "lobby", params: { roomId: "tea" } };
  const { frames } = await session.exchange({ type: "connect", id: 1, token: "alice" }, join);
  assert.ok(
    frames.some(({ type }) => type === "joined"),
    JSON.stringify(frames),
  );
  return session;
}
