import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { allow, createGateway } from "@wardwire/gateway";
import type { Page } from "playwright-core";
import { chat } from "../../examples/chat.contract.ts";
import { repositoryRoot } from "../../tools/repository-files.ts";
import { withoutBrowser } from "../browser/fixtures/browser-binary.ts";
import { ServedPage } from "../browser/served-page.ts";

const folder = join(repositoryRoot, "examples/page");
const canary = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>";

test("examples/page: two people talk, and markup they write stays text", { skip: withoutBrowser }, async () => {
  await using served = await ServedPage.start({
    html: readFileSync(join(folder, "index.html"), "utf8"),
    script: join(folder, "page.ts"),
    createGateway: (decisions) =>
      createGateway({
        ...decisions,
        contract: chat,
        authorize: () => allow(),
        commands: { renameRoom: ({ input }) => ({ title: input.title }) },
      }),
  });
  const [alice, bob] = await Promise.all([served.open("alice"), served.open("bob")]);
  for (const page of [alice, bob]) await page.getByRole("status").filter({ hasText: "connected" }).waitFor();

  // Who can send has joined: from here on Bob hears Alice.
  await say(bob, "hello");
  assert.equal(await lastMessage(bob, "hello"), "bob: hello");
  await say(alice, canary);
  for (const page of [alice, bob]) {
    assert.equal(await lastMessage(page, "<img"), `alice: ${canary}`);
    assert.equal(await page.locator("li *").count(), 0);
    assert.equal(await page.title(), "wardwire chat");
  }
  assert.deepEqual(served.problems, []);

  // The policy is in force: without the browser's own refusal the canary would have become markup here.
  const refusal = await bob.evaluate(async (html) => {
    try {
      document.body.innerHTML = html;
      return "none";
    } catch (error) {
      return String(error);
    }
  }, canary);
  assert.match(refusal, /TrustedHTML/);
});

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

/** The newest message, once there is one with this text. */
async function lastMessage(page: Page, text: string): Promise<string | null> {
  const last = page.getByRole("listitem").last().filter({ hasText: text });
  await last.waitFor();
  return await last.textContent();
}
