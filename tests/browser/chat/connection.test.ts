import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { withoutBrowser } from "../fixtures/browser-binary.ts";
import { ChatSite } from "../fixtures/chat-site.ts";
import { ChatTab } from "../fixtures/chat-tab.ts";
import { Chromium } from "../fixtures/chromium.ts";

describe("the chat page when the connection breaks", { skip: withoutBrowser, timeout: 60_000 }, () => {
  let chromium: Chromium;

  before(async () => {
    chromium = await Chromium.launch();
  });
  after(() => chromium[Symbol.asyncDispose]());
  afterEach(() => assert.deepEqual(chromium.takeReports(), []));

  test("says that it is offline, and is back by itself with what was said meanwhile", async () => {
    await using site = await ChatSite.start();
    const profile = await chromium.profile();
    const tab = await ChatTab.signIn(profile, site.origin, "alice");
    await site.say("before");
    await tab.message("before").waitFor();
    await profile.setOffline(true);
    await tab.connection.getByText("Offline: waiting for the network.").waitFor();
    await tab.connection.getByText("You will be back by yourself").waitFor();
    await tab.page.getByText("As it was before the connection broke.").waitFor();
    for (let count = 1; count <= 5; count += 1) await site.say(`meanwhile ${count}`);
    await profile.setOffline(false);
    await tab.isConnectedAs("alice");
    await tab.message("meanwhile 5").waitFor();
    assert.deepEqual(await textsIn(tab), ["before", ...[1, 2, 3, 4, 5].map((count) => `meanwhile ${count}`)]);
    assert.equal(await tab.log.getByText("Some messages could not be recovered.").count(), 0);
    await profile.close();
  });

  test("tries at once when a person asks for it", async () => {
    await using site = await ChatSite.start();
    const profile = await chromium.profile();
    const tab = await ChatTab.signIn(profile, site.origin, "alice");
    site.cable.pullOut();
    await tab.connection.getByText(/^Back in ([3-9]|\d\d) s$/).waitFor({ timeout: 30_000 });
    site.cable.plugIn();
    await tab.button("Try now").click();
    await tab.isConnectedAs("alice");
    await profile.close();
  });

  test("counts down while the cable is cut, and sends what is written meanwhile once it is back", async () => {
    await using site = await ChatSite.start();
    const profile = await chromium.profile();
    const tab = await ChatTab.signIn(profile, site.origin, "alice");
    await site.say("before");
    await tab.message("before").waitFor();
    site.cable.pullOut();
    await tab.connection.getByText(/^Back in \d+ s$/).waitFor();
    assert.match(
      (await tab.connection.textContent()) ?? "",
      /^The (sealed connection was cut off on the way|server cannot be reached)\./,
    );

    await tab.composer.fill("into the void");
    await tab.composer.press("Enter");
    await tab.log.getByRole("article").filter({ hasText: "Sending…" }).waitFor();
    await site.say("meanwhile");
    site.cable.plugIn();
    await tab.isConnectedAs("alice");
    await tab.message("into the void").getByText("You", { exact: true }).waitFor();
    assert.deepEqual(await textsIn(tab), ["before", "meanwhile", "into the void"]);
    await profile.close();
  });

  test("says what could not be sent in time, and sends it once when asked", async () => {
    await using site = await ChatSite.start();
    const profile = await chromium.profile();
    await profile.clock.install();
    const tab = await ChatTab.signIn(profile, site.origin, "alice");
    site.cable.pullOut();
    await tab.connection.getByText(/^Back in \d+ s$/).waitFor();
    for (const text of ["into the void", "never mind"]) {
      await tab.composer.fill(text);
      await tab.composer.press("Enter");
    }
    await profile.clock.fastForward(31_000);
    const failed = tab.log.getByRole("article").filter({ hasText: "Not sent" });
    await failed
      .first()
      .getByRole("alert")
      .getByText("There is no connection right now, so nothing was sent.")
      .waitFor();
    await failed.nth(1).getByRole("button", { name: "Discard" }).click();
    assert.equal(await failed.count(), 1);

    site.cable.plugIn();
    await tab.button("Try now").or(tab.connection.getByText("Connected as alice")).first().click();
    await tab.isConnectedAs("alice");
    await failed.getByRole("button", { name: "Try again" }).click();
    await failed.waitFor({ state: "detached" });
    await tab.message("into the void").getByText("You", { exact: true }).waitFor();
    assert.deepEqual(await textsIn(tab), ["into the void"]);
    await profile.close();
  });

  test("says where messages are missing when more was said than the gateway keeps", async () => {
    await using site = await ChatSite.start();
    const profile = await chromium.profile();
    const tab = await ChatTab.signIn(profile, site.origin, "alice");
    await site.say("before");
    await tab.message("before").waitFor();
    await profile.setOffline(true);
    await tab.connection.getByText("Offline: waiting for the network.").waitFor();
    for (let count = 1; count <= 120; count += 1) await site.say(`meanwhile ${count}`);
    await profile.setOffline(false);
    await tab.message("meanwhile 120").waitFor();
    await tab.message("meanwhile 21").waitFor();
    assert.equal((await textsIn(tab)).length, 101);
    assert.equal(await tab.log.getByText("Some messages could not be recovered.").count(), 1);
    await profile.close();
  });

  test("renews a token before it runs out, without a word", async () => {
    await using site = await ChatSite.start();
    const profile = await chromium.profile();
    let fetched = 0;
    await site.replaceTokens(profile, () => {
      fetched += 1;
      return fetched === 1 ? { ttlSeconds: 3 } : {};
    });
    const renewed = profile.waitForEvent("response", (response) => response.url().endsWith("token") && fetched === 2);
    const tab = await ChatTab.signIn(profile, site.origin, "alice");
    await renewed;
    await tab.say("under the second token");
    assert.equal(site.events.filter(({ event }) => event === "connected").length, 1);
    await profile.close();
  });

  test("says that the sign-in ran out and could not be renewed, and is back when it can", async () => {
    await using site = await ChatSite.start();
    const profile = await chromium.profile();
    const tokens = [{ ttlSeconds: 3 }];
    await site.replaceTokens(profile, () => tokens.pop());
    const tab = await ChatTab.signIn(profile, site.origin, "alice");
    await tab.connection.getByText("The server could not sign you in. Try again in a moment.").waitFor();
    await tab.connection.getByText(/^Back in \d+ s$/).waitFor();
    const closings = site.events.flatMap((event) => (event.event === "disconnected" ? [event.code] : []));
    assert.deepEqual(closings, [4401]);
    await site.say("meanwhile");
    await site.restoreTokens(profile);
    await tab.isConnectedAs("alice");
    await tab.message("meanwhile").waitFor();
    await profile.close();
  });

  test("says that one was signed out elsewhere (4403), and goes back to the sign-in when asked", async () => {
    await using site = await ChatSite.start();
    const profile = await chromium.profile();
    const tab = await ChatTab.signIn(profile, site.origin, "alice");
    const bob = await ChatTab.signIn(await chromium.profile(), site.origin, "bob");
    assert.deepEqual(await site.gateway.revoke({ user: "alice", issuedBefore: Date.now() + 1 }), { closed: 1 });
    await tab.connection.getByText("You were signed out elsewhere, or are not allowed here any more.").waitFor();
    await bob.person("alice").waitFor({ state: "detached" });
    await bob.isConnectedAs("bob");
    await tab.button("Sign in again").click();
    await tab.page.getByText("Your sign-in ended. Sign in again to go on.").waitFor();
    assert.equal(await tab.name.inputValue(), "alice");
    for (const each of [profile, bob.page.context()]) await each.close();
  });

  test("says that a room was closed to one while the others stay open, and joins again when asked", async () => {
    await using site = await ChatSite.start();
    const profile = await chromium.profile();
    const terms = { grants: ["lobby:roomId=tea=join,publish,history,presence"] };
    await site.replaceTokens(profile, () => terms);
    const tab = await ChatTab.signIn(profile, site.origin, "alice");
    await tab.join("secrets");
    const closed = tab.page.getByRole("alert").filter({ hasText: "You are not allowed to do that here." });
    await closed.waitFor();
    await closed.getByRole("button", { name: "Join again" }).click();
    await closed.waitFor();
    await tab.room("secrets").getByText("lobby · closed").waitFor();
    await tab.room("tea").click();
    await tab.say("still here");
    await profile.close();
  });
});

/** What stands in the log, in order. */
function textsIn(tab: ChatTab): Promise<string[]> {
  return tab.log.locator(".bubble").allTextContents();
}
