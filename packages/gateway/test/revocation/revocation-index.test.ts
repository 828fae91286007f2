import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RevocationIndex } from "../../src/revocation/revocation-index.ts";
import { type RevocationSubject, type RevocationTarget, reaches } from "../../src/revocation/target.ts";

const alice: RevocationSubject = { identity: { userId: "alice", issuedAt: 1_000 }, device: "phone" };

test("nothing is revoked at first, and what has been is until its time is over (R40)", () => {
  let nowMs = 0;
  const index = new RevocationIndex(() => nowMs);
  assert.equal(index.isRevoked(alice), false);
  assert.equal(index.add({ user: "alice" }, 500), true);
  nowMs = 499;
  assert.equal(index.isRevoked(alice), true);
  nowMs = 500;
  assert.equal(index.isRevoked(alice), false);
});

test("a revocation that says no more than one before changes nothing; one that says more counts", () => {
  const index = new RevocationIndex(() => 0);
  assert.equal(index.add({ user: "alice", issuedBefore: 500 }, 100), true);
  assert.equal(index.add({ user: "alice", issuedBefore: 500 }, 100), false);
  assert.equal(index.add({ user: "alice", issuedBefore: 400 }, 100), false);
  assert.equal(index.isRevoked(alice), false);
  assert.equal(index.add({ user: "alice", issuedBefore: 1_001 }, 10), true);
  assert.equal(index.isRevoked(alice), true);
});

test("a short revocation of everything does not end a long one of what was issued before", () => {
  let nowMs = 0;
  const index = new RevocationIndex(() => nowMs);
  index.add({ user: "alice", issuedBefore: 2_000 }, 1_000);
  index.add({ user: "alice" }, 10);
  nowMs = 10;
  assert.equal(index.isRevoked(alice), true);
  assert.equal(index.isRevoked({ ...alice, identity: { ...alice.identity, issuedAt: 2_000 } }), false);
});

test("what no longer matters takes no memory, once as many have come again", () => {
  let nowMs = 0;
  const index = new RevocationIndex(() => nowMs);
  for (let count = 0; count < 1_000; count += 1) index.add({ tokenId: `t${count}` }, 10);
  assert.equal(index.size, 1_000);
  nowMs = 10;
  for (let count = 0; count < 1_000; count += 1) index.add({ user: "alice" }, 10 + count);
  assert.ok(index.size < 10, `${index.size} keys`);
});

test("any revocations: the index says what looking at each of them says (R40)", () => {
  const word = fc.constantFrom("a", "b");
  const instant = fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined });
  const target = fc
    .tuple(
      fc.oneof(
        fc.record({ user: word }),
        fc.record({ device: word }),
        fc.record({ user: word, device: word }),
        fc.record({ session: word }),
        fc.record({ tokenId: word }),
      ),
      instant,
    )
    .map(([what, issuedBefore]): RevocationTarget => ({ ...what, ...(issuedBefore && { issuedBefore }) }));
  const subject = fc.record({
    identity: fc.record(
      { userId: word, sessionId: word, tokenId: word, issuedAt: fc.integer({ min: 0, max: 4 }) },
      { requiredKeys: ["userId"] },
    ),
    device: fc.option(word, { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(target, { maxLength: 8 }), subject, (targets, given) => {
      const index = new RevocationIndex(() => 0);
      for (const each of targets) index.add(each, 100);
      const expected = targets.some((each) => reaches(each, given as RevocationSubject));
      assert.equal(index.isRevoked(given as RevocationSubject), expected);
    }),
    { verbose: true },
  );
});
