import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AgedMap } from "../../src/memory/aged-map.ts";

test("an aged map gives what a list of pairs gives, whatever is set and deleted", (t) => {
  const seed = Number(process.env["FAST_CHECK_SEED"] ?? Date.now() % 2 ** 31);
  t.diagnostic(`fast-check seed ${seed}`);
  const key = fc.constantFrom("a", "b", "c", "d", "__proto__");
  const operation = fc.oneof(
    { weight: 20, arbitrary: fc.tuple(fc.constantFrom("set", "delete"), key) },
    { weight: 1, arbitrary: fc.constant(["clear", ""] as const) },
  );
  const property = fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
    const map = new AgedMap<number>();
    let pairs: { key: string; value: number }[] = [];
    for (const [index, [type, key]] of operations.entries()) {
      pairs = type === "clear" ? [] : pairs.filter((pair) => pair.key !== key);
      if (type === "set") pairs.push({ key, value: index });
      if (type === "set") map.set(key, index);
      else if (type === "delete") map.delete(key);
      else map.clear();
      check(map, pairs);
    }
    for (const { key, value } of pairs) {
      assert.deepEqual([map.oldest?.key, map.oldest?.value], [key, value]);
      map.delete(key);
    }
    assert.equal(map.oldest, undefined);
  });
  fc.assert(property, { seed });
});

function check(map: AgedMap<number>, pairs: readonly { key: string; value: number }[]): void {
  assert.equal(map.size, pairs.length);
  assert.equal(map.oldest?.key, pairs[0]?.key);
  assert.deepEqual([...map.values()].map(({ key }) => key).sort(), pairs.map(({ key }) => key).sort());
  for (const { key, value } of pairs) assert.equal(map.get(key), value);
}
