import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { ChannelOf } from "@wardwire/client";
import type { demo } from "@wardwire/contracts/demo";
import type { BrowserContextOptions } from "playwright-core";
import { repositoryRoot } from "../../../tools/repository-files.ts";
import { connectDemo, type DemoClient } from "../../end-to-end/fixtures/demo-client.ts";
import { withoutBrowser } from "../fixtures/browser-binary.ts";
import { ChatSite } from "../fixtures/chat-site.ts";
import { ChatTab } from "../fixtures/chat-tab.ts";
import { Chromium, narrow, wide } from "../fixtures/chromium.ts";

const folder = join(repositoryRoot, "docs/images");
const maxBytes = 150_000;

/** What is said in the pictures. */
const conversation: readonly (readonly [who: "bob" | "carol" | "alice", text: string])[] = [
  ["bob", "Hello! Is the kettle on?"],
  ["carol", "It is. Earl Grey or something with mint?"],
  ["alice", "Mint, please. And does anyone have the notes from yesterday?"],
  ["carol", "I sent them to the team this morning; tell me if they did not arrive."],
  ["bob", "They did.\nThe part about reconnecting is the one to read."],
  ["alice", "Then I read that first. See you at five."],
];

const pictures: Readonly<Record<string, BrowserContextOptions>> = {
  "chat-light.png": { viewport: wide, colorScheme: "light" },
  "chat-dark.png": { viewport: wide, colorScheme: "dark" },
  "chat-narrow.png": { viewport: narrow, colorScheme: "light" },
};

/** In a sealed room, with what protects it. */
const sealedPicture = "chat-sealed.png";

describe("the pictures in docs/images", { skip: withoutBrowser, timeout: 60_000 }, () => {
  let site: ChatSite;
  let chromium: Chromium;
  const open = new AsyncDisposableStack();

  before(async () => {
    site = open.use(await ChatSite.start());
    chromium = open.use(await Chromium.launch());
    await holdConversation();
  });
  after(() => open.disposeAsync());

  for (const [name, options] of Object.entries(pictures)) {
    test(`${name} can be taken; WARDWIRE_PICTURES=1 keeps it`, async () => {
      const tab = await openAsAlice(options);
      await site.gateway.notify("alice", { roomId: "tea", title: "Tea at five" });
      await tab.notices.getByRole("button", { name: "Dismiss" }).click();
      await showsConversation(tab);
      await take(name, tab);
    });
  }

  test(`${sealedPicture} can be taken; WARDWIRE_PICTURES=1 keeps it`, async () => {
    const tab = await openAsAlice({ viewport: { width: 1_080, height: 760 }, colorScheme: "light" });
    await tab.join("tea", "Room");
    await tab.title.getByText("tea", { exact: true }).waitFor();
    await showsConversation(tab);
    await tab.button("Sealed to the server").click();
    await tab.dialog.locator("code").waitFor();
    await take(sealedPicture, tab);
  });

  async function openAsAlice(options: BrowserContextOptions): Promise<ChatTab> {
    const still = { locale: "en-GB", reducedMotion: "reduce", deviceScaleFactor: 1 } as const;
    const tab = await ChatTab.open(await chromium.profile({ ...options, ...still }), site.origin);
    await tab.name.fill("alice");
    await tab.button("Sign in").click();
    await tab.isConnectedAs("alice");
    return tab;
  }

  async function showsConversation(tab: ChatTab): Promise<void> {
    await tab.log.getByText("See you at five.").waitFor();
    await tab.page.getByText("carol", { exact: true }).first().waitFor();
  }

  /** Takes the picture of what a tab shows, and closes the tab. */
  async function take(name: string, { page }: ChatTab): Promise<void> {
    const picture = await page.screenshot();
    assert.ok(picture.byteLength < maxBytes, `${name} has ${picture.byteLength} bytes`);
    if (process.env["WARDWIRE_PICTURES"] === "1") {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, name), picture);
    }
    await page.context().close();
  }

  /** Bob and Carol stay in the lobby and in the room; Alice's words come from her telephone. */
  async function holdConversation(): Promise<void> {
    const endpoint = { socket: site.socket, ca: site.authority.cert };
    const devices = { bob: "Firefox on Windows 8c1e", carol: "Safari on iPad 02d7", alice: "Chrome on Android 5b90" };
    const clients = new Map<string, DemoClient>();
    for (const [user, device] of Object.entries(devices)) {
      const credential = { token: await site.token(user, device), serverKey: site.pin };
      clients.set(user, open.use(await connectDemo(endpoint, credential)));
    }
    for (const kind of ["lobby", "room"] as const) {
      const rooms = new Map<string, ChannelOf<typeof demo, typeof kind>>();
      for (const [user, client] of clients) rooms.set(user, await client.join(kind, { roomId: "tea" }));
      for (const [who, text] of conversation) await rooms.get(who)?.publish({ text });
    }
  }
});
