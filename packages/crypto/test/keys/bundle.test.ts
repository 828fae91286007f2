import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encode } from "cborg";
import { type Bundle, issueBundle, kidOf, maxBundleBytes, parseBundle } from "../../src/keys/bundle.ts";
import {
  type BundleTrust,
  type BundleVerdict,
  checkBundle,
  emptyBundleMemory,
  withFloor,
} from "../../src/keys/bundle-check.ts";
import { issueCertificate } from "../../src/keys/certificate.ts";
import { issueRevocation } from "../../src/keys/revocation.ts";
import { parseSignedObject } from "../../src/keys/signing-key.ts";
import { nodePrimitives } from "../../src/primitives/node.ts";
import { bundleOf, makeTiers, nowMs, nowSeconds, onlineKey, signingKey, trustIn } from "../fixtures/key-tiers.ts";
import { backends } from "../primitives/backends.ts";

const tiers = await makeTiers();
const key = await onlineKey();
const hour = 3_600;
const day = 24 * hour;

/** Signs a bundle with these changes and checks it with that trust. */
async function verdictOn(changes: Partial<Bundle> = {}, trust: Partial<BundleTrust> = {}): Promise<BundleVerdict> {
  const signed = await issueBundle(tiers.delegate, bundleOf(tiers, [key], changes));
  return checkBundle(nodePrimitives, signed, trustIn(tiers, trust));
}

function refusedWith(verdict: BundleVerdict, code: string, message: RegExp): void {
  assert.ok("refused" in verdict, "the bundle was taken");
  assert.equal(verdict.refused.code, code);
  assert.match(verdict.refused.message, message);
}

function taken(verdict: BundleVerdict): Extract<BundleVerdict, { readonly bundle: object }> {
  if ("refused" in verdict) throw verdict.refused;
  return verdict;
}

/** A signed object with one byte of one part changed. */
function withChangedPart(signed: Uint8Array, part: "payload" | "ed25519" | "mlDsa65"): Uint8Array {
  const parts = parseSignedObject("a signed object", signed);
  const changed = parts[part];
  changed[changed.length - 1] = (changed.at(-1) as number) ^ 1;
  return encode([parts.payload, parts.ed25519, parts.mlDsa65]);
}

describe("a key bundle", () => {
  for (const primitives of backends) {
    test(`is taken on ${primitives.backend} when everything fits, and names its key (KB-3.1)`, async () => {
      const signed = await issueBundle(tiers.delegate, bundleOf(tiers, [key]));
      const { bundle, memory } = taken(await checkBundle(primitives, signed, trustIn(tiers)));
      assert.deepEqual(bundle.kid, await kidOf(nodePrimitives, key.publicKey));
      assert.deepEqual(bundle.publicKey, key.publicKey);
      assert.deepEqual(bundle.hash, nodePrimitives.sha256(signed));
      assert.deepEqual(memory, { ...emptyBundleMemory, highestVersion: 7 });
    });
  }

  test("of an identity that is not pinned is refused, and of either pinned one taken (KB-1.1)", async () => {
    refusedWith(await verdictOn({}, { pins: tiers.pins.slice(1) }), "key-bundle", /of a pinned identity/);
    const validity = { notBefore: nowSeconds, notAfter: nowSeconds + day };
    const certificate = await issueCertificate(tiers.next, tiers.delegate.publicKey, validity);
    taken(await verdictOn({ certificate }));
  });

  for (const part of ["payload", "ed25519", "mlDsa65"] as const) {
    test(`with a changed ${part}, of the bundle or of the certificate, is refused: both signatures count (KB-1.3)`, async () => {
      const bundle = bundleOf(tiers, [key]);
      const signed = await issueBundle(tiers.delegate, bundle);
      const changed = withChangedPart(signed, part);
      const verdict = await checkBundle(nodePrimitives, changed, trustIn(tiers));
      refusedWith(verdict, "key-bundle", part === "payload" ? /./ : /two signatures that verify/);
      if (part === "payload") return;
      const certificate = new Uint8Array(withChangedPart(tiers.certificate, part));
      refusedWith(await verdictOn({ certificate }), "key-bundle", /certificate: expected two signatures/);
    });
  }

  test("signed by another delegate than the certificate's is refused (KB-3.1)", async () => {
    const signed = await issueBundle(await signingKey(4), bundleOf(tiers, [key]));
    refusedWith(await checkBundle(nodePrimitives, signed, trustIn(tiers)), "key-bundle", /two signatures/);
  });

  test("cannot be replaced by what its delegate signed for another purpose (KB-1.3)", async () => {
    const { payload } = parseSignedObject("a bundle", await issueBundle(tiers.delegate, bundleOf(tiers, [key])));
    for (const context of ["wardwire/1 delegate", "wardwire/1 revocation"] as const) {
      const signed = await tiers.delegate.sign(context, payload);
      refusedWith(await checkBundle(nodePrimitives, signed, trustIn(tiers)), "key-bundle", /two signatures/);
    }
    taken(await checkBundle(nodePrimitives, await tiers.delegate.sign("wardwire/1 bundle", payload), trustIn(tiers)));
  });

  test("for other origins is refused, byte for byte (KB-3.2)", async () => {
    for (const origin of ["https://chat.example.evil.test", "https://Chat.example", "http://chat.example", ""]) {
      refusedWith(await verdictOn({}, { origin }), "key-bundle", /got one for other origins/);
    }
    const origins = ["https://z.example", "https://chat.example", "https://a.example"];
    taken(await verdictOn({ origins }));
  });

  test("older than the highest version seen is refused, the same and a later one taken (KB-3.3)", async () => {
    const memory = { ...emptyBundleMemory, highestVersion: 7 };
    refusedWith(await verdictOn({ version: 6 }, { memory }), "key-bundle", /an old one was served/);
    taken(await verdictOn({ version: 7 }, { memory }));
    assert.equal(taken(await verdictOn({ version: 8 }, { memory })).memory.highestVersion, 8);
  });

  test("of a refused bundle the version is not remembered (KB-3.3)", async () => {
    const verdict = await verdictOn({ version: 99 }, { origin: "https://other.example" });
    assert.equal(verdict.memory.highestVersion, 0);
  });

  test("that asks for a later protocol is refused", async () => {
    refusedWith(await verdictOn({ minimumProtocol: 2 }), "key-bundle", /update it/);
  });

  test("is used until an hour beside its dates, then the error is `clock` (KB-3.6)", async () => {
    const [notBefore, notAfter] = [nowSeconds - 2 * hour, nowSeconds - hour];
    taken(await verdictOn({ notBefore, notAfter }));
    refusedWith(await verdictOn({ notBefore, notAfter: notAfter - 1 }), "clock", /ended 3601 seconds away/);
    taken(await verdictOn({ notBefore: nowSeconds + hour, notAfter: nowSeconds + day }));
    const late = { notBefore: nowSeconds + hour + 1, notAfter: nowSeconds + day };
    refusedWith(await verdictOn(late), "clock", /only begins 3601 seconds away/);
  });

  test("has a certificate that is used until a day beside its dates (KB-3.6)", async () => {
    const certified = async (notBefore: number, notAfter: number): Promise<BundleVerdict> =>
      verdictOn({
        certificate: await issueCertificate(tiers.current, tiers.delegate.publicKey, { notBefore, notAfter }),
      });
    taken(await certified(nowSeconds - 80 * day, nowSeconds - day));
    refusedWith(await certified(nowSeconds - 80 * day, nowSeconds - day - 1), "clock", /certificate ended/);
    refusedWith(await certified(nowSeconds + day + 1, nowSeconds + 2 * day), "clock", /certificate only begins/);
  });

  test("an authenticated time is the floor of a clock that was set back (KB-3.5)", async () => {
    const dates = { notBefore: nowSeconds - 60 * hour, notAfter: nowSeconds - 2 * hour };
    const old = { ...dates, keys: [{ publicKey: key.publicKey, ...dates }] };
    const setBack = { nowMs: nowMs - 3 * hour * 1_000 };
    taken(await verdictOn(old, setBack));
    const memory = withFloor(emptyBundleMemory, nowMs);
    refusedWith(await verdictOn(old, { ...setBack, memory }), "clock", /ended/);
    assert.equal(withFloor(memory, nowMs - 1).floorMs, nowMs, "the floor went down");
  });

  test("gives the latest key that is valid now and not revoked (KB-1.6, KB-3.4)", async () => {
    const next = await onlineKey({ notBefore: nowSeconds + 2 * hour });
    const newer = await onlineKey({ notBefore: nowSeconds - 60 });
    const signed = async (changes: Partial<Bundle>): Promise<BundleVerdict> => {
      const bytes = await issueBundle(tiers.delegate, bundleOf(tiers, [key, newer, next], changes));
      return checkBundle(nodePrimitives, bytes, trustIn(tiers));
    };
    assert.deepEqual(taken(await signed({})).bundle.kid, newer.kid);
    assert.deepEqual(taken(await signed({ revokedKids: [newer.kid] })).bundle.kid, key.kid);
    refusedWith(await signed({ revokedKids: [newer.kid, key.kid] }), "key-bundle", /valid now and not revoked/);
  });
});

describe("a trusted bundle", () => {
  test("can be used until it or its key ends, whichever comes first (KB-3.4)", async () => {
    assert.equal(taken(await verdictOn()).bundle.notAfter, key.notAfter);
    const notAfter = nowSeconds + hour;
    assert.equal(taken(await verdictOn({ notAfter })).bundle.notAfter, notAfter);
  });

  test("is refused as `key-bundle` for what is no matter of clocks, and the message says what (KB-3.7)", async () => {
    refusedWith(await verdictOn({}, { protocol: 0 }), "key-bundle", /speaks protocol 0/);
    refusedWith(await verdictOn({}, { nowMs: Number.NaN }), "clock", /./);
  });

  test("is held against the highest time of a gateway, which a handshake told (HS-1.8)", () => {
    const memory = withFloor(withFloor(emptyBundleMemory, 5_000), 4_000);
    assert.equal(memory.floorMs, 5_000);
  });
});

describe("a revocation by the next identity (KB-2)", () => {
  test("ends the current one: its bundles are refused from then on, in them or not", async () => {
    const revocation = await issueRevocation(nodePrimitives, tiers.next, tiers.current.publicKey, nowSeconds);
    const verdict = await verdictOn({ revocations: [revocation] });
    refusedWith(verdict, "key-bundle", /has been revoked/);
    assert.deepEqual(verdict.memory.revokedPins, [tiers.pins[0]]);
    refusedWith(await verdictOn({}, { memory: verdict.memory }), "key-bundle", /has been revoked/);
  });

  test("leaves the next identity in force", async () => {
    const validity = { notBefore: nowSeconds, notAfter: nowSeconds + day };
    const certificate = await issueCertificate(tiers.next, tiers.delegate.publicKey, validity);
    const revocation = await issueRevocation(nodePrimitives, tiers.next, tiers.current.publicKey, nowSeconds);
    const { memory } = taken(await verdictOn({ certificate, revocations: [revocation] }));
    assert.deepEqual(memory.revokedPins, [tiers.pins[0]]);
  });

  test("by an identity that is not pinned, of one that is not, or of itself, counts for nothing (KB-2.3)", async () => {
    const stranger = await signingKey(5);
    for (const [by, of] of [
      [stranger, tiers.current],
      [tiers.next, stranger],
      [tiers.current, tiers.current],
    ] as const) {
      const revocation = await issueRevocation(nodePrimitives, by, of.publicKey, nowSeconds);
      assert.deepEqual(taken(await verdictOn({ revocations: [revocation] })).memory.revokedPins, []);
    }
  });

  test("by the current one of the next counts for nothing: a stolen identity cannot revoke its successor (KB-2.3)", async () => {
    const stolen = await issueRevocation(nodePrimitives, tiers.current, tiers.next.publicKey, nowSeconds);
    const { memory } = taken(await verdictOn({ revocations: [stolen] }));
    assert.deepEqual(memory.revokedPins, []);
    const honest = await issueRevocation(nodePrimitives, tiers.next, tiers.current.publicKey, nowSeconds);
    const verdict = await verdictOn({ revocations: [stolen, honest] }, { memory });
    assert.deepEqual(verdict.memory.revokedPins, [tiers.pins[0]]);
  });

  test("that the next identity did not sign is refused with its bundle", async () => {
    const revocation = await issueRevocation(nodePrimitives, tiers.next, tiers.current.publicKey, nowSeconds);
    const forged = new Uint8Array(withChangedPart(revocation, "mlDsa65"));
    const verdict = await verdictOn({ revocations: [forged] });
    refusedWith(verdict, "key-bundle", /a revocation: expected two signatures/);
    assert.deepEqual(verdict.memory.revokedPins, []);
  });
});

describe("the form of a bundle", () => {
  /** A payload with other entries, signed by the delegate: the form alone must refuse it. */
  async function withEntries(edit: (map: Map<unknown, unknown>) => void): Promise<BundleVerdict> {
    const bundle = bundleOf(tiers, [key]);
    const map = new Map<unknown, unknown>([
      [1, 1],
      [2, 7],
      [3, bundle.notBefore],
      [4, bundle.notAfter],
      [5, ["https://chat.example"]],
      [6, 1],
      [7, [publishedKey()]],
      [8, []],
      [9, tiers.certificate],
    ]);
    edit(map);
    const signed = await tiers.delegate.sign("wardwire/1 bundle", encode(map));
    return checkBundle(nodePrimitives, signed, trustIn(tiers));
  }

  function publishedKey(): Map<number, unknown> {
    return new Map<number, unknown>([
      [1, 0x647a],
      [2, key.publicKey],
      [3, key.notBefore],
      [4, key.notAfter],
    ]);
  }

  const edits: readonly [string, (map: Map<unknown, unknown>) => void][] = [
    ["a field too many", (map) => map.set(11, 1)],
    ["a field with a text as its key", (map) => map.set("version", 1)],
    ["no version", (map) => map.delete(2)],
    ["another format", (map) => map.set(1, 2)],
    ["a version of 0", (map) => map.set(2, 0)],
    ["a version beyond 2^53 − 1", (map) => map.set(2, 2n ** 53n)],
    ["a version that is a float", (map) => map.set(2, 7.5)],
    ["a version that is text", (map) => map.set(2, "7")],
    ["a life of more than 72 hours", (map) => map.set(4, (map.get(3) as number) + 72 * hour + 1)],
    ["an end before the beginning", (map) => map.set(4, (map.get(3) as number) - 1)],
    ["no origin", (map) => map.set(5, [])],
    ["an origin twice", (map) => map.set(5, ["https://chat.example", "https://chat.example"])],
    ["origins out of order", (map) => map.set(5, ["https://chat.example", "https://a.example"])],
    ["an origin that is not ASCII", (map) => map.set(5, ["https://chät.example"])],
    [
      "17 origins",
      (map) =>
        map.set(
          5,
          Array.from({ length: 17 }, (_, index) => `https://${index + 10}.example`),
        ),
    ],
    ["no key", (map) => map.set(7, [])],
    ["9 keys", (map) => map.set(7, Array.from({ length: 9 }, publishedKey))],
    ["a key of another KEM", (map) => map.set(7, [publishedKey().set(1, 0x6399)])],
    ["a key of another length", (map) => map.set(7, [publishedKey().set(2, new Uint8Array(1_184))])],
    ["a kid of another length", (map) => map.set(8, [new Uint8Array(7)])],
    [
      "65 revoked kids",
      (map) =>
        map.set(
          8,
          Array.from({ length: 65 }, (_, index) => new Uint8Array(8).fill(index)),
        ),
    ],
    ["an empty list of revocations", (map) => map.set(10, [])],
    ["a certificate that is none", (map) => map.set(9, new Uint8Array(100))],
  ];
  for (const [what, edit] of edits) {
    test(`refuses ${what} (KB-1.4)`, async () => refusedWith(await withEntries(edit), "key-bundle", /./));
  }

  test("takes the same payload unedited", async () => void taken(await withEntries(() => undefined)));

  test("refuses another encoding of the same value (KB-1.2)", async () => {
    const { payload } = parseSignedObject("a bundle", await issueBundle(tiers.delegate, bundleOf(tiers, [key])));
    assert.deepEqual([...payload.subarray(0, 5)], [0xa9, 1, 1, 2, 7]);
    // Format and version, which stand first, in other words for the same values.
    const spellings = {
      "7 in two bytes": [0xa9, 1, 1, 2, 0x18, 7],
      "7 as a float": [0xa9, 1, 1, 2, 0xf9, 0x47, 0],
      "keys out of order": [0xa9, 2, 7, 1, 1],
      "a map without an end": [0xbf, 1, 1, 2, 7],
    };
    for (const [what, start] of Object.entries(spellings)) {
      const end = what === "a map without an end" ? [0xff] : [];
      const other = Uint8Array.of(...start, ...payload.subarray(5), ...end);
      const signed = await tiers.delegate.sign("wardwire/1 bundle", other);
      refusedWith(await checkBundle(nodePrimitives, signed, trustIn(tiers)), "key-bundle", /deterministic CBOR/);
    }
  });

  test("refuses bytes behind it, nothing, nesting and 64 KiB more (KB-1.5)", async () => {
    const signed = await issueBundle(tiers.delegate, bundleOf(tiers, [key]));
    for (const bytes of [
      Uint8Array.of(...signed, 0),
      signed.subarray(0, signed.length - 1),
      new Uint8Array(0),
      new Uint8Array(maxBundleBytes).fill(0x81),
      new Uint8Array(maxBundleBytes + 1),
    ]) {
      refusedWith(await checkBundle(nodePrimitives, bytes, trustIn(tiers)), "key-bundle", /./);
    }
  });

  test("is refused by whoever issues it too, before any client has to (KB-1.4)", async () => {
    const tooLong = bundleOf(tiers, [key], { notAfter: nowSeconds + 80 * hour });
    await assert.rejects(issueBundle(tiers.delegate, tooLong), { code: "key-bundle" });
    await assert.rejects(issueBundle(tiers.delegate, bundleOf(tiers, [])), { code: "key-bundle" });
    assert.equal(parseBundle(await issueBundle(tiers.delegate, bundleOf(tiers, [key]))).version, 7);
  });
});
