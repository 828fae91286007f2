import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Bundle, issueBundle, kidOf } from "@wardwire/crypto/keys/bundle";
import { issueCertificate } from "@wardwire/crypto/keys/certificate";
import { issueRevocation } from "@wardwire/crypto/keys/revocation";
import type { SigningKey } from "@wardwire/crypto/keys/signing-key";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import {
  bundleOf,
  makeTiers,
  onlineKey,
  signingKey,
  type Tiers,
} from "../../packages/crypto/test/fixtures/key-tiers.ts";
import { handshakeMutants } from "../../tools/mutants/table/handshake.ts";
import { type BundleParts, BundleWorld, bundleParts, type ServedBundle, secondsAt } from "./bundle-world.ts";
import { type Exploration, explore } from "./explorer.ts";
import { asBuilt, type Control, weakened } from "./weakened.ts";

const tiers = await makeTiers();
const bundles = await makeBundles(tiers);

const controls: readonly Control[] = [
  { ...guard("one-signature-of-two-is-enough"), finds: /only one of its signatures/ },
  { ...guard("bundles-of-any-pin"), finds: /its identity is not pinned/ },
  { ...guard("bundles-without-dates"), finds: /it is out of date/ },
  { ...guard("clocks-without-a-floor"), finds: /was refused, and nothing is wrong with it/ },
  { ...guard("bundles-of-any-origin"), finds: /it is for another origin/ },
  { ...guard("bundles-rolled-back"), finds: /it is older than one before/ },
  {
    name: "certificates-without-dates",
    file: "packages/crypto/src/keys/bundle-check.ts",
    find: `requireValidAt("the delegate's certificate", certificate, now, toleratedSkewSeconds.delegate);`,
    replace: "",
    rule: "KB-3.6",
    finds: /its certificate has expired/,
  },
  {
    name: "revoked-kids-in-use",
    file: "packages/crypto/src/keys/bundle-check.ts",
    find: "if (!bundle.revokedKids.some((revoked) => equalBytes(revoked, kid))) return",
    replace: "return",
    rule: "KB-3.4",
    finds: /its only key is revoked/,
  },
  {
    name: "revoked-identities-go-on",
    file: "packages/crypto/src/keys/bundle-check.ts",
    find: "if (memory.revokedPins.includes(pin)) throw revokedError(pin);",
    replace: "",
    rule: "KB-2.3",
    finds: /its identity is revoked/,
  },
  {
    name: "revocations-forgotten",
    file: "packages/crypto/src/keys/bundle-check.ts",
    find: "const pins = new Set(trust.memory.revokedPins);",
    replace: "const pins = new Set<string>();",
    rule: "KB-2.3",
    finds: /its identity is revoked/,
  },
  {
    name: "current-revokes-next",
    file: "packages/crypto/src/keys/revocation.ts",
    find: "pins.indexOf(nextPin) > pins.indexOf(revoked)",
    replace: "pins.includes(nextPin)",
    rule: "KB-2.3",
    finds: /of next was refused, and nothing is wrong with it/,
  },
  {
    name: "revocations-of-refused-bundles-unseen",
    file: "packages/crypto/src/keys/bundle-check.ts",
    find: "if (error instanceof CryptoError) return { refused: error, memory };",
    replace: "if (error instanceof CryptoError) return { refused: error, memory: trust.memory };",
    rule: "KB-2.3",
    finds: /its identity is revoked/,
  },
];

describe("every order of good and bad bundles, days, clocks and handshakes", () => {
  test("a client takes exactly the bundles it should (KB-1.3, KB-2.3, KB-3.1 to KB-3.6)", async (context) => {
    const { states, transitions, isComplete, violation } = await exploreWith(await bundleParts(asBuilt));
    context.diagnostic(`${states} states, ${transitions} transitions: all there are`);
    assert.equal(violation, undefined);
    assert.ok(isComplete, "the model has states beyond the depth it is explored to");
    assert.ok(states > 100, "the model has lost most of its states");
  });

  for (const { finds, ...weakness } of controls) {
    test(`without ${weakness.rule} a violation is found: ${weakness.name}`, async (context) => {
      const { violation } = await exploreWith(await weakened(weakness, bundleParts));
      context.diagnostic(violation?.trace.join(", ") ?? "none");
      assert.match(violation?.what ?? "none", finds);
    });
  }
});

function exploreWith(parts: BundleParts): Promise<Exploration> {
  const verdicts = new Map();
  return explore(() => new BundleWorld({ parts, tiers, bundles, verdicts }), 12);
}

/** A row of the table of mutants, so that a guard is written down once. */
function guard(name: string) {
  const mutant = handshakeMutants.find((each) => each.name === name);
  if (mutant === undefined) throw new Error(`no mutant is called ${name}`);
  const { tests: _, ...weakness } = mutant;
  return weakness;
}

async function makeBundles({ current, next, delegate, certificate }: Tiers): Promise<readonly ServedBundle[]> {
  const key = await onlineKey({ notBefore: secondsAt(-400), notAfter: secondsAt(400) });
  const stranger = await signingKey(9);
  const certified = (by: SigningKey, from: number, to: number): ReturnType<typeof issueCertificate> =>
    issueCertificate(by, delegate.publicKey, { notBefore: secondsAt(from), notAfter: secondsAt(to) });
  const make = async (
    about: Omit<ServedBundle, "bytes" | "identity">,
    changes: Partial<Bundle> = {},
    identity: "current" | "next" = "current",
  ): Promise<ServedBundle> => {
    const dates = { notBefore: secondsAt(about.hours[0]), notAfter: secondsAt(about.hours[1]) };
    const bundle = bundleOf({ current, next, delegate, pins: [], certificate }, [key], {
      version: about.version,
      ...dates,
      ...changes,
    });
    return { ...about, identity, bytes: await issueBundle(delegate, bundle) };
  };
  const late = [40, 110] as const;
  const bad = (name: string, neverBecause: string, changes: Partial<Bundle>): Promise<ServedBundle> =>
    make({ name, version: 9, hours: [-1, 70], neverBecause }, changes);
  const good = await make({ name: "bundle 7", version: 7, hours: [-1, 47] });
  return [
    good,
    await make({ name: "bundle 8", version: 8, hours: late }),
    await make(
      { name: "bundle 9, with a revocation", version: 9, hours: late, revokesCurrent: true },
      { revocations: [await issueRevocation(nodePrimitives, next, current.publicKey, secondsAt(0))] },
    ),
    await make(
      { name: "bundle 9, with a revocation of next by current", version: 9, hours: late },
      { revocations: [await issueRevocation(nodePrimitives, current, next.publicKey, secondsAt(0))] },
    ),
    await make(
      { name: "bundle 10, of next", version: 10, hours: late },
      { certificate: await certified(next, -24, 900) },
      "next",
    ),
    await bad("a stranger's bundle", "its identity is not pinned", {
      certificate: await certified(stranger, -24, 900),
    }),
    await bad("an old delegate's bundle", "its certificate has expired", {
      certificate: await certified(current, -900, -200),
    }),
    await bad("another origin's bundle", "it is for another origin", { origins: ["https://other.example"] }),
    await bad("a revoked key's bundle", "its only key is revoked", {
      revokedKids: [await kidOf(nodePrimitives, key.publicKey)],
    }),
    {
      ...good,
      name: "a bundle half signed",
      bytes: good.bytes.with(-1, (good.bytes.at(-1) as number) ^ 1),
      neverBecause: "only one of its signatures is good",
    },
  ];
}
