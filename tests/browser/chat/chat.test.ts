import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { connectDemo, take } from "../../end-to-end/fixtures/demo-client.ts";
import { DevelopmentGateway } from "../../end-to-end/fixtures/wardwire.ts";
import { withoutBrowser } from "../fixtures/browser-binary.ts";
import { ChatTab } from "../fixtures/chat-tab.ts";
import { Chromium } from "../fixtures/chromium.ts";

describe("the chat page of wardwire dev", { skip: withoutBrowser, timeout: 60_000 }, () => {
  let dev: DevelopmentGateway;
  let chromium: Chromium;

  before(async () => {
    dev = await DevelopmentGateway.start();
    chromium = await Chromium.launch();
  });
  after(async () => {
    await chromium[Symbol.asyncDispose]();
    await dev[Symbol.asyncDispose]();
  });
  afterEach(() => assert.deepEqual(chromium.takeReports(), []));

  test("two browsers and a Node client in one room see each other, what is said, and a new title", async () => {
    const alice = await ChatTab.signIn(await chromium.profile(), dev.url, "alice");
    const bob = await ChatTab.signIn(await chromium.profile(), dev.url, "bob");
    await using carol = await connectDemo(dev, { token: await dev.token("carol", "--device", "terminal") });
    const tea = await carol.join("lobby", { roomId: "tea" });
    const heard = tea.messages[Symbol.asyncIterator]();

    for (const tab of [alice, bob]) {
      for (const name of ["alice", "bob", "carol"]) await tab.person(name).waitFor();
      await tab.person("carol").getByText("terminal").waitFor();
    }
    await alice.say("hello from alice");
    await bob.say("hello from bob");
    await tea.publish({ text: "hello from carol" });
    for (const tab of [alice, bob]) {
      await tab.message("hello from carol").getByText("carol", { exact: true }).waitFor();
      assert.deepEqual(await tab.log.getByRole("article").locator(".bubble").allTextContents(), [
        "hello from alice",
        "hello from bob",
        "hello from carol",
      ]);
    }
    await alice.message("hello from alice").getByText("You", { exact: true }).waitFor();
    await bob.message("hello from alice").getByText("alice", { exact: true }).waitFor();
    assert.deepEqual(
      (await take(2, heard)).map(({ sender, data }) => `${sender?.user}: ${data.text}`),
      ["alice: hello from alice", "bob: hello from bob"],
    );

    const notified = new Promise((resolve) => {
      carol.addEventListener("notification", ({ detail }) => resolve(detail.data), { once: true });
    });
    await alice.rename("Tea at five");
    for (const tab of [alice, bob]) {
      await tab.title.getByText("Tea at five", { exact: true }).waitFor();
      await tab.notices.getByText("“tea” is now called “Tea at five”.").waitFor();
      assert.equal(await tab.page.title(), "Tea at five · wardwire chat");
    }
    assert.deepEqual(await notified, { roomId: "tea", title: "Tea at five" });

    await carol.close();
    for (const tab of [alice, bob]) await tab.person("carol").waitFor({ state: "detached" });
    await alice.page.context().close();
    await bob.person("alice").waitFor({ state: "detached" });
    await bob.page.context().close();
  });

  test("a reload comes back to the same person, rooms and room, with what was said", async () => {
    const profile = await chromium.profile();
    const tab = await ChatTab.signIn(profile, dev.url, "dora");
    await tab.join("Crème Brûlée", "Room");
    await tab.title.getByText("creme-brulee", { exact: true }).waitFor();
    await tab.say("before the reload");
    await tab.rename("Dessert");
    await tab.page.reload();
    await tab.isConnectedAs("dora");
    await tab.title.getByText("Dessert", { exact: true }).waitFor();
    await tab.message("before the reload").getByText("You", { exact: true }).waitFor();
    assert.equal(await tab.room("Dessert").getAttribute("aria-current"), "true");
    assert.equal(await tab.rooms.getByRole("listitem").count(), 2);
    await profile.close();
  });

  test("two tabs of one browser are one device: they share rooms, and sign out together", async () => {
    const profile = await chromium.profile();
    const first = await ChatTab.signIn(profile, dev.url, "emil");
    const second = await ChatTab.open(profile, dev.url);
    await second.isConnectedAs("emil");
    for (const tab of [first, second]) await tab.person("emil").getByText("· 2 tabs").waitFor();
    await first.page.bringToFront();
    await first.say("said in one tab");
    await second.message("said in one tab").getByText("You", { exact: true }).waitFor();

    await first.join("cakes");
    await second.room("cakes").waitFor();
    await first.say("said where the other tab is not");
    await second.room("cakes").getByText("1 unread").waitFor();
    await second.page.bringToFront();
    await second.room("cakes").click();
    await second.message("said where the other tab is not").waitFor();
    assert.equal(await second.rooms.getByText("unread").count(), 0);
    await second.button("Leave this room").click();
    await first.room("cakes").waitFor({ state: "detached" });

    await first.page.bringToFront();
    await first.button("You: emil").click();
    await first.button("Sign out").click();
    await first.name.waitFor();
    await second.page.getByText("You signed out in another tab.").waitFor();
    // Which key bundles were seen says nothing of a person, and forgetting it would let an old one be served again.
    assert.deepEqual(await second.page.evaluate(() => Object.keys(localStorage)), ["wardwire-key-bundles"]);
    await profile.close();
  });

  test("keeps no token where a script could find one later, and sets no cookie", async () => {
    const profile = await chromium.profile();
    const tab = await ChatTab.signIn(profile, dev.url, "fritz");
    const stored = await tab.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    assert.match(stored, /fritz/);
    assert.doesNotMatch(stored, /eyJ/, "the beginning of every JWT");
    assert.deepEqual(await profile.cookies(), []);
    await profile.close();
  });

  test("says what is wrong with a name, and signs nobody in", async () => {
    const profile = await chromium.profile();
    const tab = await ChatTab.open(profile, dev.url);
    for (const name of ["x".repeat(65), "zero\u200bwidth", " "]) {
      await tab.name.fill(name);
      await tab.button("Sign in").click();
      await tab.page.getByRole("alert").getByText("A name has 1 to 64 characters").waitFor();
      assert.equal(await tab.name.getAttribute("aria-invalid"), "true");
    }
    await tab.name.fill("gerda");
    await tab.button("Sign in").click();
    await tab.isConnectedAs("gerda");
    await profile.close();
  });

  test("does not load in a browser that does not trust the development authority", async () => {
    const profile = await chromium.profile({ ignoreHTTPSErrors: false });
    await assert.rejects(ChatTab.open(profile, dev.url), /ERR_CERT_AUTHORITY_INVALID/);
    await profile.close();
  });
});
