import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { jwt } from "@wardwire/gateway";
import { audience, claimsAt, issuer, newSigner, signToken } from "../../../packages/gateway/test/auth/token-signer.ts";
import { type AnyFrame, FrameSession } from "../fixtures/frame-session.ts";
import { guardedTarget } from "../fixtures/target.ts";
import { believesAnyToken } from "../fixtures/weak/lax-verifiers.ts";
import { servesByOrigin } from "../fixtures/weak/serves-by-origin.ts";
import { manyFailures } from "./presented-token.ts";

const signer = newSigner("EdDSA", "k1");
const stranger = newSigner("EdDSA", "k1");
const authenticate = jwt({ issuer, audience, algorithms: ["EdDSA"], keys: [signer.publicJwk] });
const claims = claimsAt(Date.now());
const good = signToken(signer, claims);
const later = signToken(signer, claimsAt(Date.now() + 1_000));

const badTokens: Readonly<Record<string, string | undefined>> = {
  none: undefined,
  empty: "",
  garbage: "garbage",
  "the word null": "null",
  unsigned: good.slice(0, good.lastIndexOf(".") + 1),
  "by a stranger": signToken(stranger, claims),
  expired: signToken(signer, claimsAt(Date.now() - 3_600_000)),
  "for another audience": signToken(signer, { ...claims, aud: "elsewhere" }),
  "of another issuer": signToken(signer, { ...claims, iss: "https://elsewhere.example" }),
  "of another type": signToken(signer, claims, { typ: "logout+jwt" }),
};

const lobby = { channel: "lobby", params: { roomId: "tea" } };
/** Every request a client may send, with the reply that would mean it was served; in an order in which all can be. */
const operations: readonly (readonly [frame: AnyFrame & { readonly type: string }, served: string])[] = [
  [{ type: "join", id: 2, ...lobby }, "joined"],
  [{ type: "publish", id: 3, channel: 1, data: { text: "hello" } }, "published"],
  [{ type: "history", id: 4, channel: 1, limit: 10 }, "messages"],
  [{ type: "presence", id: 5, channel: 1 }, "present"],
  [{ type: "call", id: 6, command: "renameRoom", input: { roomId: "tea", title: "Tea" } }, "result"],
  [{ type: "renew", id: 7, token: later }, "renewed"],
  [{ type: "leave", id: 8, channel: 1 }, "left"],
];
const requests = operations.map(([frame]) => frame);
const replies = operations.map(([, served]) => served);
const connect = (token: string | undefined): AnyFrame => ({ type: "connect", id: 1, token });
/** What an error names itself by, and what a reply is. */
const outcome = ({ type, code }: AnyFrame) => (type === "error" ? code : type);
const isRefusal = (frame: AnyFrame) => frame["type"] === "error" || frame["type"] === "notice";

describe("attack 16: credentials that are there and not good", { timeout: 30_000 }, () => {
  for (const [kind, token] of Object.entries(badTokens)) {
    test(`attack 16: with a token that is ${kind}, no operation is carried out (CVE-2026-28472, GHSA-rqpp-rjj8-7wv8, CVE-2026-25593, CVE-2026-5173, R37, R43)`, async () => {
      await using target = await guardedTarget(manyFailures, "plain", { authenticate });
      for (const request of requests) {
        await using session = await FrameSession.open(target.port);
        const { frames, closed } = await session.exchange(connect(token), request, ...requests);
        assert.ok(frames.every(isRefusal), `${request.type}: ${JSON.stringify(frames)}`);
        assert.ok([4400, 4401, 4402].includes(closed ?? 0), `${request.type}: closed with ${closed}`);
      }
    });

    test(`attack 16: a token that is ${kind} renews nothing (R39)`, async () => {
      await using target = await guardedTarget(manyFailures, "plain", { authenticate });
      await using session = await FrameSession.open(target.port);
      await session.exchange(connect(good));
      const { frames } = await session.exchange({ type: "renew", id: 2, token });
      assert.equal(frames.length, 1);
      assert.ok(frames.every(isRefusal), JSON.stringify(frames));
    });
  }

  test("attack 16: the scope of a token is what it says, whatever the frames say (R43)", async () => {
    const scopes: readonly (readonly [grants: readonly string[], served: readonly string[]])[] = [
      [["lobby:*=join"], ["joined", "forbidden", "forbidden", "forbidden", "forbidden", "renewed", "left"]],
      [
        ["lobby:*=join,history", "renameRoom=call"],
        ["joined", "forbidden", "messages", "forbidden", "result", "renewed", "left"],
      ],
      [
        ["lobby:roomId=other=join,publish", "*=call"],
        ["forbidden", "not-joined", "not-joined", "not-joined", "result", "renewed", "not-joined"],
      ],
      [[], ["forbidden", "not-joined", "not-joined", "not-joined", "forbidden", "renewed", "not-joined"]],
    ];
    const boast = { grants: ["*=join,publish,history,presence,call"], scope: "admin", role: "owner", user: "root" };
    for (const [grants, served] of scopes) {
      await using target = await guardedTarget(manyFailures, "plain", { authenticate });
      await using session = await FrameSession.open(target.port);
      const token = signToken(signer, { ...claims, grants });
      const boasting = requests.map((request) => ({ ...boast, ...request }));
      const { frames } = await session.exchange({ ...boast, ...connect(token) }, ...boasting);
      const [connected, ...rest] = frames.filter(({ type }) => type !== "message" && type !== "notification");
      assert.deepEqual([connected?.["type"], connected?.["user"]], ["connected", "alice"]);
      assert.deepEqual(byId(rest).map(outcome), served, grants.join());
    }
  });

  test("attack 16: with the right token every operation is carried out", async () => {
    await using target = await guardedTarget(manyFailures, "plain", { authenticate });
    await using session = await FrameSession.open(target.port);
    const { frames, closed } = await session.exchange(connect(good), ...requests);
    assert.equal(closed, undefined);
    assert.deepEqual(byId(frames).map(outcome), ["connected", ...replies]);
  });

  test("negative control: where a token's presence decides, garbage carries out everything", async () => {
    await using target = await guardedTarget(manyFailures, "plain", { authenticate: believesAnyToken });
    await using session = await FrameSession.open(target.port);
    const { frames } = await session.exchange(connect("garbage"), ...requests.filter(({ type }) => type !== "renew"));
    assert.deepEqual(byId(frames).map(outcome), ["connected", ...replies.filter((reply) => reply !== "renewed")]);
  });
});

describe("an allowed origin without a credential", { timeout: 20_000 }, () => {
  test("gets nothing: every operation is refused until connect has succeeded (R16)", async () => {
    await using target = await guardedTarget(manyFailures, "plain", { authenticate });
    for (const request of [...requests, { type: "pong" }]) {
      await using session = await FrameSession.open(target.port);
      assert.deepEqual(await session.exchange(request), { frames: [], closed: 4400 }, request.type);
    }
    await using session = await FrameSession.open(target.port);
    const { frames } = await session.exchange(connect(good), ...requests);
    assert.deepEqual(byId(frames).map(outcome), ["connected", ...replies]);
  });

  test("negative control: a server that takes the origin for a credential serves it", async () => {
    await using target = await servesByOrigin("https://chat.example");
    await using session = await FrameSession.open(target.port);
    const [[join] = []] = operations;
    const { frames } = await session.exchange(...(join === undefined ? [] : [join]));
    assert.deepEqual(frames.map(outcome), ["joined"]);
  });
});

/** Replies in the order of their requests; pushes among them are left out. */
function byId(frames: readonly AnyFrame[]): AnyFrame[] {
  return frames
    .filter(({ id }) => typeof id === "number")
    .sort((one, other) => Number(one["id"]) - Number(other["id"]));
}
