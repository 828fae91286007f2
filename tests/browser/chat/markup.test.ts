import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { connectDemo } from "../../end-to-end/fixtures/demo-client.ts";
import { withoutBrowser } from "../fixtures/browser-binary.ts";
import { ChatSite } from "../fixtures/chat-site.ts";
import { ChatTab } from "../fixtures/chat-tab.ts";
import { Chromium } from "../fixtures/chromium.ts";
import { liveCanaries, stillCanaries } from "./canaries.ts";

const canaries = [...liveCanaries, ...stillCanaries];

describe("what people type into the chat page", { skip: withoutBrowser, timeout: 60_000 }, () => {
  let site: ChatSite;
  let chromium: Chromium;

  before(async () => {
    site = await ChatSite.start();
    chromium = await Chromium.launch();
  });
  after(async () => {
    await chromium[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
  });
  afterEach(() => assert.deepEqual(chromium.takeReports(), []));

  test("the canaries are alive: each runs on a page that takes it for markup", async () => {
    assert.equal(canaries.length, 20);
    const profile = await chromium.profile();
    const page = await profile.newPage();
    for (const canary of liveCanaries) {
      await page.setContent(`<main>${canary}</main>`);
      await page.waitForFunction(() => Reflect.get(window, "__xss") === 1).catch(() => assert.fail(`dead: ${canary}`));
      await page.evaluate(() => Reflect.deleteProperty(window, "__xss"));
    }
    await profile.close();
    chromium.takeReports();
  });

  test("twenty canaries as messages stay text, for who writes and who reads", async () => {
    const alice = await ChatTab.signIn(await chromium.profile(), site.origin, "alice");
    const bob = await ChatTab.signIn(await chromium.profile(), site.origin, "bob");
    for (const canary of canaries) {
      await alice.composer.fill(canary);
      await alice.composer.press("Enter");
    }
    for (const tab of [alice, bob]) {
      await tab.message(canaries.at(-1) ?? "").waitFor();
      await tab.log.getByText("Sending…").first().waitFor({ state: "detached" });
      assert.deepEqual(await tab.log.locator(".bubble").allTextContents(), canaries);
      await isAllText(tab.page);
      await tab.page.context().close();
    }
  });

  test("twenty canaries as names of others stay text", async () => {
    const watcher = await ChatTab.signIn(await chromium.profile(), site.origin, "watcher");
    await using others = new AsyncDisposableStack();
    for (const canary of canaries) {
      const endpoint = { socket: site.socket, ca: site.authority.cert };
      const other = others.use(await connectDemo(endpoint, { token: await site.token(canary, "device") }));
      const tea = await other.join("lobby", { roomId: "tea" });
      await tea.publish({ text: `hello from ${canary}` });
    }
    for (const canary of canaries) {
      await watcher.person(canary).waitFor();
      await watcher.message(`hello from ${canary}`).getByText(canary, { exact: true }).waitFor();
    }
    await isAllText(watcher.page);
    await watcher.page.context().close();
  });

  test("a canary as one's own name and a room's title stays text, in the window's title too", async () => {
    const [canary = ""] = canaries;
    const tab = await ChatTab.signIn(await chromium.profile(), site.origin, canary);
    await tab.rename(canary);
    await tab.title.getByText(canary, { exact: true }).waitFor();
    await tab.notices.getByText(`“tea” is now called “${canary}”.`, { exact: true }).waitFor();
    assert.equal(await tab.page.title(), `${canary} · wardwire chat`);
    await tab.button(`You: ${canary}`).click();
    assert.equal(await tab.dialog.locator("strong").textContent(), canary);
    await isAllText(tab.page);
    await tab.page.context().close();
  });

  test("twenty canaries as titles others gave stay text", async () => {
    const tab = await ChatTab.signIn(await chromium.profile(), site.origin, "alice");
    for (const title of canaries) {
      assert.equal(await site.gateway.notify("alice", { roomId: "tea", title }), 1);
      await tab.title.getByText(title, { exact: true }).waitFor();
      await tab.rooms.getByText(title, { exact: true }).waitFor();
      await isAllText(tab.page);
    }
    await tab.page.context().close();
  });

  test("twenty canaries as names of rooms become plain addresses", async () => {
    const tab = await ChatTab.signIn(await chromium.profile(), site.origin, "alice");
    await tab.rooms.getByRole("button", { name: "Join or make a room" }).click();
    for (const canary of canaries) {
      await tab.dialog.getByRole("textbox", { name: "Name of the room" }).fill(canary);
      await tab.dialog.getByText(/^Others find it as [a-z0-9-]{1,64}$/).waitFor();
    }
    await tab.dialog.getByRole("button", { name: "Join", exact: true }).click();
    await tab.title.getByText(/^[a-z0-9-]{1,64}$/).waitFor();
    await isAllText(tab.page);
    await tab.page.context().close();
  });

  test("twenty canaries in what the browser remembers stay text, or count as damaged", async () => {
    const profile = await chromium.profile();
    const tab = await ChatTab.open(profile, site.origin);
    for (const canary of canaries) {
      await tab.page.evaluate((text) => {
        localStorage.setItem("wardwire.chat.person", JSON.stringify({ name: text, device: text }));
        const rooms = [text, { kind: text, roomId: text }, { kind: "lobby", roomId: "tea", title: text }];
        localStorage.setItem("wardwire.chat.rooms", JSON.stringify(rooms));
        localStorage.setItem("wardwire.chat.selected", JSON.stringify(text));
      }, canary);
      await tab.page.reload();
      await tab.title.getByText(canary, { exact: true }).waitFor();
      await isAllText(tab.page);
    }
    await profile.close();
  });

  test("the policy reports an inline script in a copy of the page, and it does not run", async () => {
    const profile = await chromium.profile();
    await profile.route(`${site.origin}/`, async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace("</head>", "<script>__xss=1</script></head>");
      await route.fulfill({ response, body });
    });
    const tab = await ChatTab.open(profile, site.origin);
    await tab.name.waitFor();
    assert.equal(await tab.page.evaluate(() => Reflect.get(window, "__xss")), undefined);
    assert.match(chromium.takeReports().join("\n"), /violation of script-src-elem by inline/);
    await profile.close();
  });

  test("Trusted Types refuse to make markup of text, and report it", async () => {
    const profile = await chromium.profile();
    const tab = await ChatTab.open(profile, site.origin);
    const reported = profile.waitForEvent("console", (message) => message.text().startsWith("violation of"));
    const refusal = await tab.page.evaluate((html) => {
      try {
        document.body.innerHTML = html;
        return "none";
      } catch (error) {
        return String(error);
      }
    }, canaries[0] ?? "");
    assert.match(refusal, /TrustedHTML/);
    assert.match((await reported).text(), /require-trusted-types-for/);
    chromium.takeReports();
    await profile.close();
  });
});

/** No script ran, and there is no element that the page's own components do not make. */
async function isAllText(page: Page): Promise<void> {
  assert.equal(await page.evaluate(() => Reflect.get(window, "__xss")), undefined);
  const injected = page.locator(
    "body :is(script, style, link, img, iframe, object, embed, video, audio, details, base, meta, math, a)",
  );
  assert.equal(await injected.count(), 0);
  assert.equal(await page.locator("svg:not([aria-hidden=true]), [onload], [onerror], [onfocus]").count(), 0);
  assert.equal(await page.locator(".bubble *").count(), 0);
}
