import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { BrowserContext } from "playwright-core";
import { withoutBrowser } from "../fixtures/browser-binary.ts";
import { ChatSite } from "../fixtures/chat-site.ts";
import { ChatTab } from "../fixtures/chat-tab.ts";
import { Chromium } from "../fixtures/chromium.ts";

const dayMs = 86_400_000;
const strangersPin = `sha256:${"a".repeat(42)}A`;

describe("the chat page when its connection cannot be sealed", { skip: withoutBrowser, timeout: 60_000 }, () => {
  let site: ChatSite;
  let chromium: Chromium;

  before(async () => {
    chromium = await Chromium.launch();
  });
  beforeEach(async () => {
    site = await ChatSite.start();
  });
  afterEach(async () => {
    await site[Symbol.asyncDispose]();
    assert.deepEqual(chromium.takeReports(), []);
  });
  after(() => chromium[Symbol.asyncDispose]());

  test("says that the server's keys are not its own, and sends nothing (KB-3.1)", async () => {
    const profile = await chromium.profile();
    site.servePins([strangersPin]);
    const sockets = countSockets(profile);
    const tab = await signIn(profile);
    await tab.connection.getByText("The server's keys did not prove to be its own, so nothing is sent.").waitFor();
    assert.equal(sockets(), 0);
    await profile.close();
  });

  test("says that the device's clock is off, whichever way, and connects once it is set (KB-3.4)", async () => {
    for (const offDays of [-30, 30]) {
      const profile = await chromium.profile();
      await profile.clock.install({ time: Date.now() + offDays * dayMs });
      const tab = await signIn(profile);
      await tab.connection.getByText("This device's clock does not fit the dates of the server's keys.").waitFor();
      await profile.clock.setSystemTime(Date.now());
      await tab.isConnectedAs("alice");
      await profile.close();
    }
  });

  test("says that the key came damaged, signs nobody in, and shows the sign-in after a reload too", async () => {
    const profile = await chromium.profile();
    const first = await ChatTab.signIn(profile, site.origin, "alice");
    site.servePins(["sha256:damaged"]);
    await first.page.reload();
    assert.equal(await first.name.inputValue(), "alice");
    await first.button("Sign in").click();
    await first.page.getByRole("alert").getByText("The server's key came to this page damaged.").waitFor();
    await profile.close();
  });

  test("does not enter a sealed room without a key, while lobbies stay open (SR-2.1)", async () => {
    const profile = await chromium.profile();
    site.servePins([]);
    const tab = await ChatTab.signIn(profile, site.origin, "alice");
    await tab.join("secrets", "Room");
    await tab.page.getByRole("alert").getByText("This room needs a sealed connection").waitFor();
    await tab.room("tea").click();
    await tab.say("a lobby goes on");
    await profile.close();
  });

  async function signIn(profile: BrowserContext): Promise<ChatTab> {
    const tab = await ChatTab.open(profile, site.origin);
    await tab.name.fill("alice");
    await tab.button("Sign in").click();
    return tab;
  }
});

/** How many sockets the pages of a profile have opened so far. */
function countSockets(profile: BrowserContext): () => number {
  let count = 0;
  profile.on("page", (page) => page.on("websocket", () => (count += 1)));
  return () => count;
}
