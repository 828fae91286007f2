import assert from "node:assert/strict";
import { describe, test } from "node:test";
import manifest from "../../package.json" with { type: "json" };
import { defaultBundleStore as browserStore } from "../../src/sealed/platform/browser.ts";
import { loadPrimitives, defaultBundleStore as nodeStore } from "../../src/sealed/platform/node.ts";

describe("in a browser", () => {
  const setStorage = (storage: unknown): void => {
    Object.defineProperty(globalThis, "localStorage", { value: storage, configurable: true });
  };

  test("bundles are remembered in localStorage, under one key", async (t) => {
    const items = new Map<string, string>();
    setStorage({
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => items.set(key, value),
    });
    t.after(() => setStorage(undefined));
    assert.equal(await browserStore?.load(), undefined);
    await browserStore?.save("text");
    assert.deepEqual([...items], [["wardwire-key-bundles", "text"]]);
    assert.equal(await browserStore?.load(), "text");
  });

  test("where it is forbidden, full or not there, nothing is remembered, and nothing fails", async (t) => {
    t.after(() => setStorage(undefined));
    const refuse = (): never => {
      throw new Error("SecurityError");
    };
    for (const storage of [undefined, { getItem: refuse, setItem: refuse }]) {
      setStorage(storage);
      await browserStore?.save("text");
      assert.equal(await browserStore?.load(), undefined);
    }
  });
});

describe("on Node", () => {
  test("nothing is remembered unless a store is given, and the cryptography is Node's own", async () => {
    assert.equal(nodeStore, undefined);
    assert.equal((await loadPrimitives()).backend, "node");
  });

  test("the platform is chosen as the socket is: Node's where there is Node, a browser's elsewhere", () => {
    const { "#default-socket": socket, "#sealed-platform": platform } = manifest.imports;
    const files = (entry: typeof socket): unknown =>
      JSON.parse(
        JSON.stringify(entry).replaceAll(/socket\/(browser|node)-socket|sealed\/platform\/(browser|node)/g, "$1$2"),
      );
    assert.deepEqual(files(platform), files(socket));
  });
});
