import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { explore } from "./explorer.ts";
import { differentSecrets, sessionModel, sessionParts } from "./session-world.ts";
import { asBuilt, type Control, weakened } from "./weakened.ts";

const opener = "packages/crypto/src/session-records/record-opener.ts";
const sealer = "packages/crypto/src/session-records/record-sealer.ts";

const depth = 8;

const controls: readonly Control[] = [
  {
    name: "any-seq-is-taken",
    file: opener,
    find: "&& seq === this.#seq && generation",
    replace: "&& generation",
    rule: "SR-1.3",
    finds: /was taken, which is not the next one/,
  },
  {
    name: "refusals-are-forgiven",
    file: opener,
    find: 'if (opened !== "failed") return opened;',
    replace: 'if (opened !== "failed") return opened; throw sessionFailed();',
    rule: "SR-1.4",
    finds: /the next record was taken after .* was refused/,
  },
  {
    name: "records-behind-close",
    file: sealer,
    find: "    this.dispose();",
    replace: "",
    rule: "SR-3.1",
    finds: /sealed behind CLOSE/,
  },
  {
    name: "seq-begins-again-at-an-update",
    file: sealer,
    find: 'yield* this.#sealRecord("keyUpdate", noContent, true);',
    replace: 'yield* this.#sealRecord("keyUpdate", noContent, true); this.#seq = 0;',
    rule: "SR-4.1",
    finds: /the next record gave "refused"/,
  },
  {
    name: "seq-begins-again-under-old-keys",
    file: sealer,
    find: 'yield* this.#sealRecord("switch", noContent, true);',
    replace: 'yield* this.#sealRecord("switch", noContent, true); this.#seq = 0; return [record];',
    rule: "SR-5.2",
    finds: /a nonce was used twice under one key/,
  },
];

describe("every order of steps of a sealer, an opener and an attacker who has the network between them", () => {
  test("the opener takes exactly the next record sealed for it, and no nonce comes twice (SR-0.2, SR-1.3, SR-1.4, SR-3.1, SR-4.1, SR-5.2)", async (context) => {
    const { states, transitions, violation } = await explore(sessionModel(await sessionParts(asBuilt)), depth);
    context.diagnostic(`${states} states, ${transitions} transitions`);
    assert.equal(violation, undefined);
    assert.ok(states > 2_000, "the model has lost most of its states");
  });

  for (const { finds, ...weakness } of controls) {
    test(`without ${weakness.rule} a violation is found: ${weakness.name}`, async (context) => {
      const { violation } = await explore(sessionModel(await weakened(weakness, sessionParts)), depth);
      context.diagnostic(violation?.trace.join(", ") ?? "none");
      assert.match(violation?.what ?? "none", finds);
    });
  }

  const sharedSecrets = [
    ["both directions", { back: differentSecrets.there }, /record 0 of back was taken/],
    ["two sessions", { elsewhere: differentSecrets.there }, /record 0 of elsewhere was taken/],
  ] as const;
  for (const [who, shared, finds] of sharedSecrets) {
    test(`with one secret for ${who} a violation is found (SR-0.2)`, async (context) => {
      const model = sessionModel(await sessionParts(asBuilt), { ...differentSecrets, ...shared });
      const { violation } = await explore(model, depth);
      context.diagnostic(violation?.trace.join(", ") ?? "none");
      assert.match(violation?.what ?? "none", finds);
    });
  }
});
