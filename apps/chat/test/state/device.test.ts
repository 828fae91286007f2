import assert from "node:assert/strict";
import { test } from "node:test";
import { nameDevice } from "../../src/state/device.ts";

const agents: readonly [string, string][] = [
  ["Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0", "Firefox on Linux 8000"],
  ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/143.0.0.0 Safari/537.36", "Chrome on Linux 8000"],
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/143.0.0.0 Safari/537.36 Edg/143.0",
    "Edge on Windows 8000",
  ],
  ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/19 Safari/605", "Safari on macOS 8000"],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19 Safari/604",
    "Safari on iPhone 8000",
  ],
  ["Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/143.0 Mobile Safari/537.36", "Chrome on Android 8000"],
  ["something else", "Browser 8000"],
];

for (const [agent, name] of agents) {
  test(`a browser is called ${name.slice(0, -5)}`, () => {
    assert.equal(nameDevice(agent, 0.5), name);
  });
}

test("the mark has four digits for every random number", () => {
  for (const random of [0, 0.000_01, 0.999_999_9]) assert.match(nameDevice("", random), /^Browser [0-9a-f]{4}$/);
});
