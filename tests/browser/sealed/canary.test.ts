import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { withoutBrowser } from "../fixtures/browser-binary.ts";
import { ChatSite } from "../fixtures/chat-site.ts";
import { ChatTab } from "../fixtures/chat-tab.ts";
import { Chromium } from "../fixtures/chromium.ts";
import { WatchedFrames } from "./watched-frames.ts";

const person = "Canary Bird 77";
const roomId = "canary-room-77";
const words = "canary words that nobody on the way may read";

describe("what goes over the page's socket", { skip: withoutBrowser, timeout: 60_000 }, () => {
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

  test("names neither token nor person, room or words when it is sealed (SR-1, AU-1)", async () => {
    const { frames, token } = await chat("Room");
    assert.deepEqual(frames.found([token, ...partsOf(token), person, roomId, words]), []);
    assert.equal(frames.texts, 0, "a message that is no record");
    assert.ok(frames.sent.length >= 4 && frames.received.length >= 4, "the sockets were not watched");
    assert.ok(frames.headers.some((line) => line.includes("wardwire.v1.sealed")));
  });

  test("names all of them when it is not: the control of the other", async () => {
    site.servePins([]);
    const { frames, token } = await chat("Lobby");
    const canaries = [token, person, roomId, words];
    assert.deepEqual(frames.found(canaries), canaries);
  });

  /** Signs in, joins a room and says something, in a tab whose sockets are watched. */
  async function chat(kind: "Lobby" | "Room") {
    const profile = await chromium.profile();
    const { page, frames } = await WatchedFrames.inNewTab(profile);
    const tab = ChatTab.of(page);
    const answered = page.waitForResponse((response) => response.url().endsWith("/development/token"));
    await page.goto(site.origin);
    await tab.enter(person);
    const { token } = await (await answered).json();
    await tab.join(roomId, kind);
    await tab.title.getByText(roomId, { exact: true }).waitFor();
    await tab.say(words);
    await profile.close();
    return { frames, token: String(token) };
  }
});

/** The three parts of a token, so that one which is cut up is found too. */
function partsOf(token: string): readonly string[] {
  return token.split(".");
}
