import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { BrowserContext } from "playwright-core";
import { faultsOf, hasNoFaults } from "../fixtures/axe.ts";
import { withoutBrowser } from "../fixtures/browser-binary.ts";
import { ChatSite } from "../fixtures/chat-site.ts";
import { ChatTab } from "../fixtures/chat-tab.ts";
import { Chromium, narrow } from "../fixtures/chromium.ts";

describe("the chat page, as axe-core sees it", { skip: withoutBrowser, timeout: 60_000 }, () => {
  let site: ChatSite;
  let chromium: Chromium;

  before(async () => {
    site = await ChatSite.start();
    for (let count = 1; count <= 50; count += 1) await site.say(`Message ${count} of fifty`);
    chromium = await Chromium.launch();
  });
  after(async () => {
    await chromium[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
  });
  afterEach(() => assert.deepEqual(chromium.takeReports(), []));

  test("finds nothing at the sign-in, with an error", async () => {
    const profile = await chromium.profile();
    const tab = await ChatTab.open(profile, site.origin);
    await tab.name.fill(" ");
    await tab.button("Sign in").click();
    await tab.page.getByRole("alert").getByText("A name has").waitFor();
    await hasNoFaults(tab.page);
    await profile.close();
  });

  test("finds nothing in a room with 50 messages and in every dialog", async () => {
    const profile = await chromium.profile();
    const tab = await ChatTab.signIn(profile, site.origin, "alice");
    await tab.message("Message 50 of fifty").waitFor();
    for (const opener of [/^Join or make a room/, /^Rename this room/, /^Protected by TLS/, /^You: /]) {
      await tab.button(opener).click();
      await tab.dialog.waitFor();
      await hasNoFaults(tab.page);
      await tab.page.keyboard.press("Escape");
      await tab.dialog.waitFor({ state: "detached" });
    }
    await profile.close();
  });

  test("finds nothing on a narrow page and in its dialogs", async () => {
    const profile = await chromium.profile({ viewport: narrow });
    const tab = await openNarrow(profile, site.origin);
    await hasNoFaults(tab.page);
    for (const opener of [/^Rooms: you are in tea/, /^People: 1/]) {
      await tab.button(opener).click();
      await tab.dialog.waitFor();
      await hasNoFaults(tab.page);
      await tab.page.keyboard.press("Escape");
      await tab.dialog.waitFor({ state: "detached" });
    }
    await profile.close();
  });

  test("finds nothing with 50 messages, a broken connection and a message that was not sent", async () => {
    const profile = await chromium.profile();
    await profile.clock.install();
    const tab = await ChatTab.signIn(profile, site.origin, "alice");
    await tab.message("Message 50 of fifty").waitFor();
    await profile.setOffline(true);
    await tab.connection.getByText("Offline").waitFor();
    await tab.composer.fill("This does not get through");
    await tab.composer.press("Enter");
    await profile.clock.fastForward(31_000);
    await tab.log.getByRole("alert").waitFor();
    assert.ok((await tab.log.getByRole("article").count()) >= 51);
    await hasNoFaults(tab.page);
    await profile.close();
  });

  test("finds a fault where there is one: the control of the others", async () => {
    const profile = await chromium.profile();
    const tab = await ChatTab.open(profile, site.origin);
    await tab.button("Sign in").evaluate((button) => button.replaceChildren());
    assert.deepEqual(await faultsOf(tab.page), ["button-name: button"]);
    await profile.close();
  });
});

async function openNarrow(profile: BrowserContext, url: string): Promise<ChatTab> {
  const tab = await ChatTab.open(profile, url);
  await tab.name.fill("alice");
  await tab.button("Sign in").click();
  await tab.isConnectedAs("alice");
  await tab.button("People: 1").waitFor();
  return tab;
}
