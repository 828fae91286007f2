import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { BrowserContext } from "playwright-core";
import { connectDemo, take } from "../../end-to-end/fixtures/demo-client.ts";
import { bundledChromium, debianChromium, withoutBothBrowsers } from "../fixtures/browser-binary.ts";
import { ChatSite } from "../fixtures/chat-site.ts";
import { ChatTab } from "../fixtures/chat-tab.ts";
import { Chromium } from "../fixtures/chromium.ts";

describe("a sealed room across backends", { skip: withoutBothBrowsers, timeout: 60_000 }, () => {
  const open = new AsyncDisposableStack();
  let site: ChatSite;
  let modern: Chromium;
  let older: Chromium;

  before(async () => {
    site = open.use(await ChatSite.start());
    modern = open.use(await Chromium.launch(debianChromium));
    older = open.use(await Chromium.launch(await bundledChromium()));
  });
  after(() => open.disposeAsync());

  test("holds a browser with ML-KEM, a browser without, and a Node client, and each reads the others", async () => {
    const alice = await visit(await modern.profile(), "alice");
    const bob = await visit(await older.profile(), "bob");
    await using carol = await connectDemo(
      { socket: site.socket, ca: site.authority.cert },
      { token: await site.token("carol", "terminal"), serverKey: site.pin, require: "sealed" },
    );
    const tea = await carol.join("room", { roomId: "tea" });
    const heard = tea.messages[Symbol.asyncIterator]();
    assert.equal(tea.protection, "sealed");

    for (const { tab } of [alice, bob]) {
      for (const name of ["alice", "bob", "carol"]) await tab.person(name).waitFor();
    }
    await alice.tab.say("from a browser with ML-KEM");
    await bob.tab.say("from a browser without");
    await tea.publish({ text: "from Node" });
    for (const { tab } of [alice, bob]) {
      await tab.message("from Node").waitFor();
      assert.deepEqual(await tab.log.locator(".bubble").allTextContents(), [
        "from a browser with ML-KEM",
        "from a browser without",
        "from Node",
      ]);
    }
    assert.deepEqual(
      (await take(2, heard)).map(({ sender, data }) => `${sender?.user}: ${data.text}`),
      ["alice: from a browser with ML-KEM", "bob: from a browser without"],
    );

    assert.deepEqual([alice.scripts(), bob.scripts()], [["sealed"], ["fallback", "sealed"]]);
    assert.deepEqual(await Promise.all([hasMlKem(alice.tab), hasMlKem(bob.tab)]), [true, false]);
    for (const chromium of [modern, older]) assert.deepEqual(chromium.takeReports(), []);
    for (const { tab } of [alice, bob]) await tab.page.context().close();
  });

  /** Signs somebody in and goes to the sealed room; `scripts` tells what was loaded besides the page's own. */
  async function visit(profile: BrowserContext, name: string) {
    const requested: string[] = [];
    profile.on("request", (request) => requested.push(new URL(request.url()).pathname));
    const tab = await ChatTab.signIn(profile, site.origin, name);
    await tab.join("tea", "Room");
    await tab.button("Sealed to the server").waitFor();
    const scripts = (): readonly string[] =>
      requested.flatMap((path) => /^\/assets\/(sealed|fallback)-.*\.js$/.exec(path)?.[1] ?? []).sort();
    return { tab, scripts };
  }
});

/** Whether the browser's own WebCrypto has ML-KEM-768. */
function hasMlKem({ page }: ChatTab): Promise<boolean> {
  return page.evaluate(async () => {
    const generate = crypto.subtle.generateKey.bind(crypto.subtle) as (...words: unknown[]) => Promise<unknown>;
    return generate("ML-KEM-768", false, ["encapsulateBits", "decapsulateBits"]).then(
      () => true,
      () => false,
    );
  });
}
