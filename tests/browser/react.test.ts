import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { demo } from "@wardwire/contracts/demo";
import { allow, createGateway, deny, type Gateway } from "@wardwire/gateway";
import type { Locator, Page } from "playwright-core";
import { memoryServerKeys } from "../../packages/gateway/src/server-keys/memory-server-keys.ts";
import { withoutBrowser } from "./fixtures/browser-binary.ts";
import { ServedPage } from "./served-page.ts";

const before = '<!doctype html><html lang="en"><meta charset="utf-8"><title>React</title>';
const after = '<main id="root"></main><script type="module" src="/page.js"></script></html>';

/** The page with the gateway behind it, and what that gateway was asked. */
class ReactPage implements AsyncDisposable {
  readonly gateway: Gateway<typeof demo>;
  readonly served: ServedPage;
  /** Rooms joined, in order, refused ones too. */
  readonly joins: readonly string[];
  readonly pin: string;

  private constructor(gateway: Gateway<typeof demo>, served: ServedPage, joins: readonly string[], pin: string) {
    this.gateway = gateway;
    this.served = served;
    this.joins = joins;
    this.pin = pin;
  }

  /** @param sealed whether the page is given the gateway's pin. */
  static async start(mayEnter: (roomId: string) => boolean = () => true, sealed = false): Promise<ReactPage> {
    const joins: string[] = [];
    const serverKeys = await memoryServerKeys({ origins: ["https://chat.example"] });
    const pin = String(serverKeys.pins[0]);
    const made = Promise.withResolvers<Gateway<typeof demo>>();
    const served = await ServedPage.start({
      html: sealed ? `${before}<meta name="server-key" content="${pin}">${after}` : `${before}${after}`,
      script: join(import.meta.dirname, "react-page.ts"),
      createGateway: (decisions) => {
        const gateway = createGateway({
          ...decisions,
          contract: demo,
          serverKeys,
          authorize: ({ operation, channel }) => {
            if (operation !== "join") return allow();
            joins.push(channel.params.roomId);
            return mayEnter(channel.params.roomId) ? allow() : deny("locked");
          },
          commands: { renameRoom: ({ input }) => ({ title: input.title }) },
        });
        made.resolve(gateway);
        return gateway;
      },
    });
    return new ReactPage(await made.promise, served, joins, pin);
  }

  async say(text: string): Promise<void> {
    await this.gateway.publish("lobby", { roomId: "tea" }, { text });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.served[Symbol.asyncDispose]();
  }
}

const section = (page: Page, label: string): Locator => page.getByRole("region", { name: label });
const toggle = (page: Page, label: string): Promise<void> => page.getByRole("checkbox", { name: label }).click();
const shows = (within: Locator, text: string): Promise<void> => within.getByText(text, { exact: true }).waitFor();
const messagesOf = (within: Locator): Promise<string[]> => within.getByRole("listitem").allTextContents();

describe("the React hooks in a browser, in strict mode", { skip: withoutBrowser, timeout: 60_000 }, () => {
  test("components with the same channel share one join, its history and its messages", async () => {
    await using react = await ReactPage.start();
    for (const text of ["one", "two", "three"]) await react.say(text);
    const page = await react.served.open("alice");
    await shows(page.getByRole("main"), "connected");
    for (const label of ["left", "right"]) await toggle(page, label);
    const [left, right] = [section(page, "left"), section(page, "right")];
    for (const room of [left, right]) await shows(room, "joined");
    await shows(right, "undefined: three");
    assert.deepEqual(await messagesOf(left), ["undefined: two", "undefined: three"]);
    await right.getByRole("button").click();
    await shows(left, "alice: hello from right");
    await react.say("four");
    // The oldest goes: three are kept.
    for (const room of [left, right]) {
      await shows(room, "undefined: four");
      assert.deepEqual(await messagesOf(room), ["undefined: three", "alice: hello from right", "undefined: four"]);
    }
    assert.deepEqual(react.joins, ["tea"]);
    assert.deepEqual(react.served.problems, []);
  });

  test("the last component to go leaves, and the next one joins again", async () => {
    await using react = await ReactPage.start();
    const watcher = await react.served.open("bob");
    await toggle(watcher, "left");
    await shows(section(watcher, "left"), "joined");
    const page = await react.served.open("alice");
    for (const label of ["left", "right"]) await toggle(page, label);
    await shows(section(watcher, "left"), "alice,bob");
    await toggle(page, "left");
    await react.say("still there");
    await shows(section(page, "right"), "undefined: still there");
    await toggle(page, "right");
    await shows(section(watcher, "left"), "bob");
    await toggle(page, "right");
    await shows(section(page, "right"), "joined");
    await shows(section(watcher, "left"), "alice,bob");
    assert.deepEqual(react.joins, ["tea", "tea", "tea"]);
    assert.deepEqual(react.served.problems, []);
  });

  test("presence lists this connection too, and who comes and goes", async () => {
    await using react = await ReactPage.start();
    const alice = await react.served.open("alice");
    await toggle(alice, "left");
    await shows(section(alice, "left"), "alice");
    const bob = await react.served.open("bob");
    await toggle(bob, "left");
    for (const page of [alice, bob]) await shows(section(page, "left"), "alice,bob");
    await bob.close();
    await shows(section(alice, "left"), "alice");
    assert.deepEqual(react.served.problems, []);
  });

  test("presence is right again after a reconnect, whoever came and went meanwhile", async () => {
    await using react = await ReactPage.start();
    const [alice, bob, carol] = await Promise.all(["alice", "bob", "carol"].map((user) => react.served.open(user)));
    assert.ok(alice !== undefined && bob !== undefined && carol !== undefined);
    for (const page of [alice, bob]) await toggle(page, "left");
    await shows(section(alice, "left"), "alice,bob");
    await alice.context().setOffline(true);
    await shows(alice.getByRole("main"), "offline");
    await bob.close();
    await toggle(carol, "left");
    await shows(section(carol, "left"), "carol");
    await alice.context().setOffline(false);
    await shows(section(alice, "left"), "alice,carol");
    assert.deepEqual(react.served.problems, []);
  });

  test("a join that is refused shows its code, and mounting again tries again", async () => {
    let isOpen = false;
    await using react = await ReactPage.start((roomId) => isOpen || roomId !== "locked");
    const page = await react.served.open("alice");
    await toggle(page, "locked");
    await shows(section(page, "locked"), "failed: forbidden");
    isOpen = true;
    for (let times = 0; times < 2; times += 1) await toggle(page, "locked");
    await shows(section(page, "locked"), "joined");
    assert.deepEqual(react.served.problems, []);
  });

  test("tell whose key a connection is sealed to, until it is lost, and TLS where it is not sealed", async () => {
    await using sealed = await ReactPage.start(undefined, true);
    const page = await sealed.served.open("alice");
    const seal = page.locator("[data-seal]");
    await shows(seal, sealed.pin);
    await page.context().setOffline(true);
    await seal.filter({ hasNotText: sealed.pin }).waitFor({ state: "attached" });
    await page.context().setOffline(false);
    await shows(seal, sealed.pin);
    assert.deepEqual(sealed.served.problems, []);

    await using plain = await ReactPage.start();
    await shows((await plain.served.open("alice")).locator("[data-seal]"), "transport");
  });

  test("follows the connection, and joins what was mounted offline", async () => {
    await using react = await ReactPage.start();
    const page = await react.served.open("alice");
    const main = page.getByRole("main");
    await shows(main, "connected");
    await page.context().setOffline(true);
    await shows(main, "offline");
    await toggle(page, "left");
    // Given up before there was a connection: nothing of it is ever sent.
    await toggle(page, "locked");
    await toggle(page, "locked");
    await shows(section(page, "left"), "joining");
    await page.context().setOffline(false);
    await shows(main, "connected");
    await section(page, "left").getByRole("button").click();
    await shows(section(page, "left"), "alice: hello from left");
    assert.deepEqual(react.joins, ["tea"]);
    assert.deepEqual(react.served.problems, []);
  });
});
