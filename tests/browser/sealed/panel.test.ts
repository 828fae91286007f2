import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { BrowserContextOptions, Locator } from "playwright-core";
import { hasNoFaults } from "../fixtures/axe.ts";
import { withoutBrowser } from "../fixtures/browser-binary.ts";
import { ChatSite } from "../fixtures/chat-site.ts";
import { ChatTab } from "../fixtures/chat-tab.ts";
import { Chromium, narrow } from "../fixtures/chromium.ts";

describe("what the chat page tells of a sealed room", { skip: withoutBrowser, timeout: 60_000 }, () => {
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

  test("is who can read, what encrypts, since when, whose key it is, and what the page cannot vouch for", async () => {
    const tab = await openPanel("alice");
    for (const text of [
      /only the server itself can open/,
      /The people in this room, and the server. Not those who carry the traffic, such as a proxy or a CDN/,
      /X-Wing, which is ML-KEM-768 and X25519 in one/,
      /one would have to break both ML-KEM-768 and X25519/,
      /The fingerprint came with this page/,
      /Whoever can change this page's script can change what stands here too/,
    ]) {
      await tab.dialog.getByText(text).first().waitFor();
    }
    const year = String(new Date().getFullYear());
    assert.ok((await fact(tab, "Keys in use since").textContent())?.includes(year));
    assert.equal(await fingerprint(tab).textContent(), site.pin);
    await tab.page.context().close();
  });

  test("lets the fingerprint be copied, by the button and by hand, as it is", async () => {
    const tab = await openPanel("alice");
    await tab.page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: site.origin });
    await tab.button("Copy the fingerprint").click();
    await tab.dialog.getByRole("status").getByText("Copied.").waitFor();
    assert.equal(await tab.page.evaluate(() => navigator.clipboard.readText()), site.pin);
    const selected = await fingerprint(tab).evaluate((code) => {
      getSelection()?.selectAllChildren(code);
      return String(getSelection());
    });
    assert.equal(selected, site.pin);
    await tab.page.context().close();
  });

  test("says what to do where the browser does not let it copy", async () => {
    const tab = await openPanel("alice");
    await tab.page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new DOMException("no", "NotAllowedError"));
    });
    await tab.button("Copy the fingerprint").click();
    await tab.dialog.getByRole("status").getByText("Select the fingerprint instead.").waitFor();
    await tab.page.context().close();
  });

  test("is told of the last connection while there is none, and nothing moves", async () => {
    const tab = await openPanel("alice", { reducedMotion: "reduce" });
    const before = await fingerprint(tab).boundingBox();
    await tab.dialog.getByRole("heading", { name: "This connection" }).waitFor();
    await tab.page.context().setOffline(true);
    await tab.dialog.getByRole("heading", { name: "The last connection" }).waitFor();
    assert.deepEqual(await fingerprint(tab).boundingBox(), before);
    await tab.page.context().setOffline(false);
    await tab.dialog.getByRole("heading", { name: "This connection" }).waitFor();
    assert.equal(await fingerprint(tab).textContent(), site.pin);
    await tab.page.context().close();
  });

  test("is reached by keyboard alone, which then is back where it was", async () => {
    const tab = await openRoom("alice");
    const { keyboard } = tab.page;
    const opener = tab.button("Sealed to the server");
    await opener.focus();
    await keyboard.press("Enter");
    await fingerprint(tab).waitFor();
    const copy = tab.button("Copy the fingerprint");
    while (!(await isFocused(copy))) {
      await keyboard.press("Tab");
      assert.ok(await tab.dialog.locator(":focus").count(), "the focus has left the dialog");
    }
    await keyboard.press("Enter");
    await tab.dialog.getByRole("status").filter({ hasText: /\S/ }).waitFor();
    await keyboard.press("Escape");
    await tab.dialog.waitFor({ state: "detached" });
    assert.ok(await isFocused(opener));
    await tab.page.context().close();
  });

  test("has no fault that axe finds, wide and narrow, light and dark", async () => {
    const wide = await openPanel("alice");
    await hasNoFaults(wide.page);
    await wide.page.setViewportSize(narrow);
    await hasNoFaults(wide.page);
    const width = await wide.dialog.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
    assert.equal(width, 0, "the dialog scrolls sideways");
    await wide.page.context().close();
  });

  test("differs in a lobby: the connection is sealed there too, that of others may not be", async () => {
    const tab = await ChatTab.signIn(await chromium.profile(), site.origin, "alice");
    await tab.button("Protected by TLS").click();
    await tab.dialog.getByText(/Your own connection to the server is sealed.*Others in this room may/).waitFor();
    assert.equal(await fingerprint(tab).count(), 0);
    await tab.page.context().close();
  });

  test("says nothing of a seal where there is none: the control of the others", async () => {
    await using unsealed = await ChatSite.start();
    unsealed.servePins([]);
    const profile = await chromium.profile();
    const tab = await ChatTab.signIn(profile, unsealed.origin, "alice");
    await tab.button("Protected by TLS").click();
    await tab.dialog.getByText("A middlebox you or your company trust to open TLS.").waitFor();
    assert.equal(await tab.dialog.getByText(/sealed/).count(), 0);
    await profile.close();
  });

  /** Somebody in a sealed room. */
  async function openRoom(name: string, options: BrowserContextOptions = {}): Promise<ChatTab> {
    const tab = await ChatTab.signIn(await chromium.profile(options), site.origin, name);
    await tab.join("tea", "Room");
    await tab.button("Sealed to the server").waitFor();
    await tab.person(name).waitFor();
    return tab;
  }

  /** Somebody in a sealed room who reads what protects it. */
  async function openPanel(name: string, options: BrowserContextOptions = {}): Promise<ChatTab> {
    const tab = await openRoom(name, options);
    await tab.button("Sealed to the server").click();
    await fingerprint(tab).waitFor();
    return tab;
  }
});

function fingerprint({ dialog }: ChatTab): Locator {
  return dialog.locator("code");
}

function fact({ dialog }: ChatTab, name: string): Locator {
  return dialog.locator("dl > div").filter({ hasText: name }).locator("dd");
}

function isFocused(element: Locator): Promise<boolean> {
  return element.evaluate((each) => each === document.activeElement);
}
