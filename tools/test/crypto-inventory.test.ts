import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { cryptoInventory } from "@wardwire/crypto/inventory";
import { labels, signatureContexts } from "@wardwire/crypto/labels";
import { inventoryDocument } from "../crypto-inventory.ts";
import { repositoryRoot } from "../repository-files.ts";

describe("the inventory of cryptography (R51)", () => {
  test("is what the tool would write now", () => {
    const written = readFileSync(join(repositoryRoot, "spec/crypto-inventory.md"), "utf8");
    const advice = "run: node --conditions=@wardwire/source tools/crypto-inventory.ts";
    assert.equal(written, inventoryDocument(cryptoInventory), advice);
  });

  test("has every label and every context of the code, each in one use", () => {
    const named = cryptoInventory.flatMap((use) => use.labels);
    assert.deepEqual(named.toSorted(), Object.values(labels).toSorted());
    const contexts = cryptoInventory.flatMap(({ context }) => (context === undefined ? [] : [context]));
    assert.deepEqual(contexts.toSorted(), Object.values(signatureContexts).toSorted());
  });
});
