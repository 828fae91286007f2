import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, describe, test } from "node:test";
import type { BrowserContext, Frame, Page } from "playwright-core";
import { withoutBrowser } from "../fixtures/browser-binary.ts";
import { ChatSite } from "../fixtures/chat-site.ts";
import { Chromium } from "../fixtures/chromium.ts";

describe("pages that are not the gateway's own", { skip: withoutBrowser, timeout: 60_000 }, () => {
  let site: ChatSite;
  let chromium: Chromium;
  let elsewhere: Elsewhere;
  let profile: BrowserContext;
  let page: Page;

  before(async () => {
    site = await ChatSite.start();
    elsewhere = await Elsewhere.start(site);
    chromium = await Chromium.launch();
    profile = await chromium.profile();
    page = await profile.newPage();
  });
  after(async () => {
    await chromium[Symbol.asyncDispose]();
    await elsewhere[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
  });
  afterEach(() => assert.deepEqual(chromium.takeReports(), []));

  test("the gateway's own page opens the socket: the control of what follows", async () => {
    await page.goto(site.origin);
    assert.equal(await openSocket(page.mainFrame(), site.socket), "open");
    assert.deepEqual(refusedOrigins(site), []);
  });

  test("a page on another origin is refused with 403", async () => {
    await page.goto(elsewhere.origin);
    const before = refusedOrigins(site).length;
    assert.equal(await openSocket(page.mainFrame(), site.socket), "error");
    assert.deepEqual(refusedOrigins(site).slice(before), [elsewhere.origin]);
  });

  const nullOrigins: Readonly<Record<string, (from: Page) => Promise<Frame>>> = {
    "a sandboxed frame": (from) => addFrame(from, { sandbox: "allow-scripts", srcdoc: "" }),
    "a data: frame": (from) => addFrame(from, { src: "data:text/html,<title>nowhere</title>" }),
    "a page that is sandboxed by its own policy": async (from) => {
      await from.goto(`${elsewhere.origin}/sandboxed`);
      return from.mainFrame();
    },
  };
  for (const [what, reach] of Object.entries(nullOrigins)) {
    test(`${what}, whose origin is null, is refused with 403`, async () => {
      await page.goto(elsewhere.origin);
      const frame = await reach(page);
      assert.equal(await frame.evaluate(() => origin), "null");
      const before = refusedOrigins(site).length;
      assert.equal(await openSocket(frame, site.socket), "error");
      assert.deepEqual(refusedOrigins(site).slice(before), ["null"]);
    });
  }

  test("a page on another origin gets no token, and cannot read that there is a page", async () => {
    await page.goto(elsewhere.origin);
    for (const path of ["/", "/development/token"]) {
      const reading = page.evaluate(
        (url) => fetch(url, { method: "POST", body: "{}" }).then(({ type }) => type),
        site.origin + path,
      );
      await assert.rejects(reading, /Failed to fetch/);
      const blindly = { method: "POST", mode: "no-cors", body: '{"name":"alice","device":"x"}' } as const;
      const blind = page.evaluate(([url, init]) => fetch(url, init).then(({ type }) => type), [
        site.origin + path,
        blindly,
      ] as const);
      await assert.rejects(
        blind,
        /Failed to fetch/,
        "Cross-Origin-Resource-Policy holds back even what cannot be read",
      );
    }
    chromium.takeReports();
  });

  test("no page can put the chat into a frame", async () => {
    await page.goto(elsewhere.origin);
    const frame = await addFrame(page, { src: site.origin });
    await frame.waitForURL(/^chrome-error:/);
    assert.match(chromium.takeReports().join("\n"), /frame-ancestors|X-Frame-Options/i);
  });

  test("a page that opens the chat in a window gets no hold of it", async () => {
    await page.goto(elsewhere.origin);
    const opening = profile.waitForEvent("page");
    await page.evaluate((url) => {
      Object.assign(window, { opened: window.open(url) });
    }, site.origin);
    const opened = await opening;
    await opened.getByRole("button", { name: "Sign in" }).waitFor();
    assert.equal(await opened.evaluate(() => window.opener), null);
    assert.equal(await page.evaluate(() => Reflect.get(window, "opened").closed), true, "it looks closed from here");
    await opened.close();
  });
});

/** An origin on another port with an empty page, and one without an origin at all (`/sandboxed`), as a stranger's site would be. */
class Elsewhere implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start({ authority }: ChatSite): Promise<Elsewhere> {
    const server = createServer(await authority.issue({ dnsNames: ["localhost"] }), (request, response) => {
      if (request.url === "/sandboxed") response.setHeader("Content-Security-Policy", "sandbox allow-scripts");
      response.setHeader("Content-Type", "text/html").end("<!doctype html><title>Elsewhere</title>");
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new Elsewhere(server);
  }

  get origin(): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** Tries the socket from inside a frame; gives the first event that comes of it. */
function openSocket(frame: Frame, url: string): Promise<string> {
  return frame.evaluate((address) => {
    const socket = new WebSocket(address, "wardwire.v1.json");
    return new Promise<string>((resolve) => {
      for (const type of ["open", "error"]) socket.addEventListener(type, () => resolve(type));
    }).finally(() => socket.close());
  }, url);
}

/** Adds a frame to a page and waits until it has loaded, or failed to. */
async function addFrame(page: Page, attributes: Readonly<Record<string, string>>): Promise<Frame> {
  await page.evaluate(async (given) => {
    const frame = document.createElement("iframe");
    for (const [name, value] of Object.entries(given)) frame.setAttribute(name, value);
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
    document.body.append(frame);
    await loaded;
  }, attributes);
  const frame = page.frames().at(-1);
  assert.ok(frame !== undefined && frame !== page.mainFrame());
  return frame;
}

/** The origins the gateway has answered 403, in order. */
function refusedOrigins({ events }: ChatSite): readonly (string | undefined)[] {
  return events.flatMap((event) => (event.event === "upgrade-refused" && event.status === 403 ? [event.origin] : []));
}
