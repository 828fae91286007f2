import assert from "node:assert/strict";
import { after, afterEach, before, describe, type TestContext, test } from "node:test";
import type { Page } from "playwright-core";
import { withoutBrowser } from "../fixtures/browser-binary.ts";
import { ChatSite } from "../fixtures/chat-site.ts";
import { ChatTab } from "../fixtures/chat-tab.ts";
import { Chromium } from "../fixtures/chromium.ts";

/** A tenth of a second is what a person takes for at once; a busy machine without a graphics card gets that. */
const frameWithinMs = 100;

describe("what moves on the chat page", { skip: withoutBrowser, timeout: 60_000 }, () => {
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

  test("nothing jumps while a person signs in, messages arrive and the connection comes and goes", async () => {
    const profile = await chromium.profile();
    await profile.addInitScript(recordLayoutShifts);
    const tab = await ChatTab.signIn(profile, site.origin, "alice");
    for (let count = 1; count <= 40; count += 1) await site.say(`Message ${count}\n${"and so on ".repeat(count)}`);
    await tab.log.getByText(/^Message 40\b/).waitFor();
    await site.gateway.notify("alice", { roomId: "tea", title: "A much longer title than before" });
    await tab.title.getByText("A much longer title than before").waitFor();
    await profile.setOffline(true);
    await tab.connection.getByText("Offline").waitFor();
    await tab.composer.fill("written offline");
    await tab.composer.press("Enter");
    await tab.log.getByText("Sending…").waitFor();
    await profile.setOffline(false);
    await tab.isConnectedAs("alice");
    await tab.log.getByText("Sending…").waitFor({ state: "detached" });
    const shift = await layoutShift(tab.page);
    assert.ok(shift < 0.05, `layout shift of ${shift}`);
    await profile.close();
  });

  test("a jump would be seen: the control of the one before", async () => {
    const profile = await chromium.profile();
    await profile.addInitScript(recordLayoutShifts);
    const tab = await ChatTab.open(profile, site.origin);
    await tab.button("Sign in").waitFor();
    await tab.page.evaluate(() => {
      const wedge = document.createElement("hr");
      document.querySelector("form")?.before(wedge);
      wedge.style.height = "300px";
    });
    assert.ok((await layoutShift(tab.page)) > 0.05);
    await profile.close();
  });

  test("nothing is animated for who asked for reduced motion, and something is otherwise", async () => {
    for (const [reducedMotion, expected] of [
      ["reduce", false],
      ["no-preference", true],
    ] as const) {
      const profile = await chromium.profile({ reducedMotion });
      const tab = await ChatTab.signIn(profile, site.origin, "alice");
      await tab.button("Rename this room").click();
      await site.gateway.notify("alice", { roomId: "tea", title: `Tea, ${reducedMotion}` });
      await tab.notices.getByText(`Tea, ${reducedMotion}`).waitFor();
      assert.equal(await hasMotion(tab.page), expected, reducedMotion);
      await profile.close();
    }
  });

  test("a thousand messages are kept, and scroll smoothly", async (context) => {
    const profile = await chromium.profile();
    const tab = await ChatTab.signIn(profile, site.origin, "bob");
    for (let count = 1; count <= 1_000; count += 1)
      await site.say(`Number ${count} ${"of a thousand ".repeat(count % 7)}`);
    await tab.log.getByText(/^Number 1000 /).waitFor();
    assert.equal(await tab.log.getByRole("article").count(), 1_000);
    const frames = await frameTimes(tab.page);
    report(context, frames);
    const slow = frames.filter((ms) => ms > frameWithinMs).length;
    assert.ok(slow <= frames.length / 20, `${slow} of ${frames.length} frames took more than ${frameWithinMs} ms`);
    await site.say("one more");
    await tab.message("one more").waitFor();
    assert.equal(await tab.log.getByRole("article").count(), 1_000, "the oldest has gone");
    await profile.close();
  });
});

/** Runs in the page, before anything else. */
function recordLayoutShifts(): void {
  let sum = 0;
  const observer = new PerformanceObserver((list) => add(list.getEntries()));
  const add = (entries: PerformanceEntryList): void => {
    for (const entry of entries) {
      // What follows a person's own action is expected to move.
      if (Reflect.get(entry, "hadRecentInput") === false) sum += Number(Reflect.get(entry, "value"));
    }
  };
  observer.observe({ type: "layout-shift", buffered: true });
  Object.assign(window, {
    takeLayoutShift: (): number => {
      add(observer.takeRecords());
      return sum;
    },
  });
}

/** The sum of all layout shifts so far, after two frames in which the last ones are counted. */
function layoutShift(page: Page): Promise<number> {
  return page.evaluate(async () => {
    for (let frames = 0; frames < 2; frames += 1) await new Promise(requestAnimationFrame);
    return Reflect.get(window, "takeLayoutShift")();
  });
}

/** Whether a style in force animates or eases anything. */
function hasMotion(page: Page): Promise<boolean> {
  return page.evaluate(() =>
    [...document.querySelectorAll("*")].some((element) => {
      const { animationName, transitionDuration } = getComputedStyle(element);
      return animationName !== "none" || /[1-9]/.test(transitionDuration);
    }),
  );
}

/** Scrolls from the newest message to the oldest and back, a step each frame; gives how long each frame took, in ms. */
function frameTimes(page: Page): Promise<readonly number[]> {
  return page.evaluate(async () => {
    const log = document.querySelector("[role=log]");
    if (log === null) throw new Error("there is no log");
    const steps = 60;
    const height = log.scrollHeight - log.clientHeight;
    const times: number[] = [];
    let last: number = await new Promise(requestAnimationFrame);
    for (let step = 0; step <= 2 * steps; step += 1) {
      log.scrollTop = (Math.abs(steps - step) / steps) * height;
      const now: number = await new Promise(requestAnimationFrame);
      times.push(now - last);
      last = now;
    }
    return times;
  });
}

function report(context: TestContext, frames: readonly number[]): void {
  const sorted = [...frames].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  context.diagnostic(
    `frames while scrolling 1,000 messages: median ${at(0.5)} ms, p95 ${at(0.95)} ms, worst ${at(1)} ms`,
  );
}
