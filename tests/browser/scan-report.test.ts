import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { stripVTControlCharacters, styleText } from "node:util";
import { type ScanReport, scan } from "@wardwire/scanner";
import { htmlReport } from "@wardwire/scanner/report/html";
import { terminalReport } from "@wardwire/scanner/report/terminal";
import type { Page } from "playwright-core";
import { WebSocketServer } from "ws";
import { TestAuthority } from "../../packages/gateway/test/host/certificates.ts";
import { hostileEvidence, sampleReport } from "../../packages/scanner/test/report/sample-report.ts";
import { repositoryRoot } from "../../tools/repository-files.ts";
import { TemporaryFolder } from "../end-to-end/fixtures/wardwire.ts";
import { hasNoFaults } from "./fixtures/axe.ts";
import { withoutBrowser } from "./fixtures/browser-binary.ts";
import { Chromium, narrow } from "./fixtures/chromium.ts";

const pictures = join(repositoryRoot, "docs/images");
const maxPictureBytes = 200_000;

describe("the HTML report of a scan, in a browser", { skip: withoutBrowser, timeout: 60_000 }, () => {
  let chromium: Chromium;
  let folder: TemporaryFolder;
  let report: ScanReport;

  before(async () => {
    folder = new TemporaryFolder();
    chromium = await Chromium.launch();
    report = await scanDefaults();
  });
  after(async () => {
    await chromium[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });
  // A violation of the page's own policy, a script that ran, a dialog: all of them end here.
  afterEach(() => assert.deepEqual(chromium.takeReports(), []));

  test("axe-core finds nothing in light and in dark", async () => {
    const profile = await chromium.profile();
    await hasNoFaults(await open(await profile.newPage(), report));
    await profile.close();
  });

  for (const colorScheme of ["light", "dark"] as const) {
    test(`check-${colorScheme}.png can be taken; WARDWIRE_PICTURES=1 keeps it`, async () => {
      const profile = await chromium.profile({ colorScheme, viewport: { width: 1_000, height: 900 } });
      const page = await open(await profile.newPage(), report);
      keep(`check-${colorScheme}.png`, await page.screenshot());
      await profile.close();
    });
  }

  test("a narrow page does not scroll sideways, also with hostile evidence, which does nothing", async () => {
    const profile = await chromium.profile({ viewport: narrow });
    const page = await open(await profile.newPage(), sampleReport());
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    assert.match(hostileEvidence, /<script>/);
    assert.equal(await page.locator("script, img, svg").count(), 0);
    await hasNoFaults(page);
    await profile.close();
  });

  test("the keyboard opens what is folded", async () => {
    const profile = await chromium.profile();
    const page = await open(await profile.newPage(), sampleReport());
    const passed = page.locator("details", { hasText: "Passed: 1" });
    assert.equal(await passed.getAttribute("open"), null);
    for (let presses = 0; presses < 20 && !(await isFocused(page, "Passed: 1")); presses += 1) {
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    assert.notEqual(await passed.getAttribute("open"), null);
    await profile.close();
  });

  test("check-terminal.png can be taken; WARDWIRE_PICTURES=1 keeps it", async () => {
    const profile = await chromium.profile({ viewport: { width: 1_000, height: 620 } });
    const page = await profile.newPage();
    const lines = terminalReport(report, { paint: (style, text) => styleText(style, text, { validateStream: false }) });
    assert.match(stripVTControlCharacters(lines.join("\n")), /^Grade [A-F]/);
    await page.setContent(terminalPage(lines.slice(0, 26)));
    keep("check-terminal.png", await page.screenshot());
    await profile.close();
  });

  async function open(page: Page, shown: ScanReport): Promise<Page> {
    const file = folder.file("report.html");
    writeFileSync(file, htmlReport([shown]));
    await page.goto(pathToFileURL(file).href);
    return page;
  }
});

/** What is found at a server of `ws` as its documentation makes one, behind a sound certificate. */
async function scanDefaults(): Promise<ScanReport> {
  const authority = await TestAuthority.create();
  const server = createServer(await authority.issue({ dnsNames: ["localhost"] }));
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => {
    socket.on("message", (message, isBinary) => socket.send(message, { binary: isBinary }));
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    return await scan(`wss://localhost:${port}/`, { ca: authority.cert });
  } finally {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
    server.closeAllConnections();
  }
}

function isFocused(page: Page, text: string): Promise<boolean> {
  return page.evaluate((wanted) => document.activeElement?.textContent === wanted, text);
}

function keep(name: string, picture: Buffer): void {
  assert.ok(picture.byteLength < maxPictureBytes, `${name} has ${picture.byteLength} bytes`);
  if (process.env["WARDWIRE_PICTURES"] !== "1") return;
  mkdirSync(pictures, { recursive: true });
  writeFileSync(join(pictures, name), picture);
}

/** Lines of a terminal as a page; the few styles a report uses, by their SGR numbers. */
function terminalPage(lines: readonly string[]): string {
  const styles: Readonly<Record<string, string>> = {
    1: "font-weight:700",
    2: "opacity:.65",
    31: "color:#ff8a93",
    32: "color:#63d495",
    33: "color:#f2b84b",
    36: "color:#7ad3e6",
  };
  const markup = lines
    .join("\n")
    .replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
    .split("\u{1b}[")
    .map((piece, index) => {
      const [, code = "", text = ""] = index === 0 ? ["", "", piece] : (/^(\d+)m([\s\S]*)$/.exec(piece) ?? []);
      const style = styles[code];
      return index === 0 ? text : `${style === undefined ? "</span>" : `<span style="${style}">`}${text}`;
    })
    .join("");
  return `<body style="margin:0;background:#14181d;color:#e8ebf0"><pre style="font:15px/1.5 monospace;padding:16px">${markup}</pre>`;
}
