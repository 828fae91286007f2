import assert from "node:assert/strict";
import { test } from "node:test";
import { openAdminListener } from "../../src/admin-listener.ts";

test("/readyz is 200 while nothing speaks against the gateway, else 503 with why; /healthz is 200 in both (R52)", async () => {
  const problems: string[] = [];
  await using listener = await openAdminListener([0], { isReady: () => true, problems: () => problems });
  const ask = async (path: string): Promise<readonly [number, unknown]> => {
    const response = await fetch(`${listener.url}${path}`);
    return [response.status, await response.json()];
  };
  assert.deepEqual(await ask("/readyz"), [200, { status: "ready" }]);
  problems.push("audit");
  assert.deepEqual(await ask("/readyz"), [503, { status: "not-ready", problems: ["audit"] }]);
  assert.deepEqual(await ask("/healthz"), [200, { status: "ok" }]);
});
