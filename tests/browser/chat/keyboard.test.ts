import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { withoutBrowser } from "../fixtures/browser-binary.ts";
import { ChatSite } from "../fixtures/chat-site.ts";
import { ChatTab } from "../fixtures/chat-tab.ts";
import { Chromium, narrow } from "../fixtures/chromium.ts";

describe("the chat page by keyboard alone", { skip: withoutBrowser, timeout: 60_000 }, () => {
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

  test("signs in, writes, makes a room, renames it, reads what protects it, leaves it and signs out", async () => {
    const profile = await chromium.profile();
    const tab = await ChatTab.open(profile, site.origin);
    const { keyboard } = tab.page;
    await isFocused(tab.name);
    await keyboard.type("alice");
    await keyboard.press("Enter");
    await tab.isConnectedAs("alice");

    await isFocused(tab.composer);
    await keyboard.type("first line");
    await keyboard.press("Shift+Enter");
    await keyboard.type("second line");
    await keyboard.press("Enter");
    await tab.message("first line second line").waitFor();
    await isFocused(tab.composer);
    assert.equal(await tab.composer.inputValue(), "");

    const joinRoom = tab.rooms.getByRole("button", { name: "Join or make a room" });
    await tabTo(tab.page, joinRoom);
    await keyboard.press("Enter");
    await isFocused(tab.dialog.getByRole("textbox", { name: "Name of the room" }));
    await keyboard.press("Escape");
    await tab.dialog.waitFor({ state: "detached" });
    await isFocused(joinRoom);
    await keyboard.press("Enter");
    await keyboard.type("Cakes");
    await tabTo(tab.page, tab.dialog.getByRole("radio", { name: /^Lobby/ }));
    await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    await tab.title.getByText("cakes", { exact: true }).waitFor();
    await tab.room("cakes").getByText("room", { exact: true }).waitFor();
    await isFocused(tab.composer);

    const rename = tab.button("Rename this room");
    await tabTo(tab.page, rename);
    await keyboard.press("Space");
    await isFocused(tab.dialog.getByRole("textbox", { name: "New title" }));
    await keyboard.press("ControlOrMeta+a");
    await keyboard.type("Cakes and pies");
    await keyboard.press("Enter");
    await tab.title.getByText("Cakes and pies", { exact: true }).waitFor();
    await isFocused(rename);

    const protection = tab.button("Sealed to the server");
    await tabTo(tab.page, protection);
    await keyboard.press("Enter");
    await tab.dialog.getByText("It does not protect against").waitFor();
    await keyboard.press("Escape");
    await isFocused(protection);

    await tabTo(tab.page, tab.button("Leave this room"));
    await keyboard.press("Enter");
    await tab.title.getByText("tea", { exact: true }).waitFor();
    await isFocused(tab.composer);

    await tabTo(tab.page, tab.button("Leave this room"));
    await keyboard.press("Enter");
    await isFocused(tab.page.getByRole("main").getByRole("button", { name: "Join or make a room" }));

    await tabTo(tab.page, tab.button("You: alice"));
    await keyboard.press("Enter");
    await tabTo(tab.page, tab.dialog.getByRole("button", { name: "Sign out" }));
    await keyboard.press("Enter");
    await isFocused(tab.name);
    await profile.close();
  });

  test("a dialog keeps the focus inside", async () => {
    const profile = await chromium.profile();
    const tab = await ChatTab.signIn(profile, site.origin, "alice");
    await tabTo(tab.page, tab.button("You: alice"));
    await tab.page.keyboard.press("Enter");
    await tab.dialog.waitFor();
    for (let presses = 0; presses < 6; presses += 1) {
      await tab.page.keyboard.press("Tab");
      const where = await tab.page.evaluate(() => document.activeElement?.closest("dialog, body")?.localName);
      const isOutside = where === "body" && (await tab.page.evaluate(() => document.activeElement !== document.body));
      assert.equal(isOutside, false);
    }
    await profile.close();
  });

  test("a narrow page reaches rooms and people, and the log scrolls by its keys", async () => {
    for (let count = 1; count <= 60; count += 1) await site.say(`Message ${count}`);
    const profile = await chromium.profile({ viewport: narrow });
    const tab = await ChatTab.open(profile, site.origin);
    await isFocused(tab.name);
    await tab.page.keyboard.type("alice");
    await tab.page.keyboard.press("Enter");
    await tab.message("Message 60").waitFor();
    const switcher = tab.button(/^Rooms: you are in tea/);
    await tabTo(tab.page, switcher);
    await tab.page.keyboard.press("Enter");
    await tab.dialog.getByRole("button", { name: /^tea/ }).waitFor();
    await tab.page.keyboard.press("Escape");
    await isFocused(switcher);
    await tabTo(tab.page, tab.log);
    const before = await tab.log.evaluate(({ scrollTop }) => scrollTop);
    assert.ok(before > 0, "it begins at the newest message");
    await tab.page.keyboard.press("PageUp");
    await tab.page.waitForFunction(
      (top) => (document.querySelector("[role=log]")?.scrollTop ?? top) < top - 200,
      before,
    );
    await site.say("while one reads further up");
    await tab.button(/^New messages/).waitFor();
    await tabTo(tab.page, tab.button(/^New messages/));
    await tab.page.keyboard.press("Enter");
    await tab.page.waitForFunction(() => {
      const log = document.querySelector("[role=log]");
      return log !== null && log.scrollHeight - log.clientHeight - log.scrollTop < 2;
    });
    await profile.close();
  });
});

/** Waits until an element has the focus, and is seen to have it. */
async function isFocused(element: Locator): Promise<void> {
  await element.and(element.page().locator(":focus")).waitFor();
  const outline = await element.evaluate((focused) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(focused);
    return focused.matches(":focus-visible") ? `${outlineStyle} ${outlineWidth}` : "not :focus-visible";
  });
  assert.match(outline, /^(solid|auto) [1-9]/);
}

/** Presses Tab until an element has the focus; every stop on the way is seen to have it. */
async function tabTo(page: Page, element: Locator): Promise<void> {
  for (let presses = 0; presses < 30; presses += 1) {
    await page.keyboard.press("Tab");
    if (await element.evaluate((wanted) => wanted === document.activeElement)) return isFocused(element);
  }
  assert.fail(`30 times Tab did not reach ${element}`);
}
