import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientFrame } from "@wardwire/wire/frames";
import { Inbox } from "../../src/connection/inbox.ts";
import { collectGarbage } from "../collect-garbage.ts";

test("keeps no frame that has been handled, though one always waits", async () => {
  const handled: WeakRef<ClientFrame>[] = [];
  let finish = (): void => {};
  const handle = (frame: ClientFrame): Promise<void> => {
    handled.push(new WeakRef(frame));
    return new Promise((resolve) => {
      finish = resolve;
    });
  };
  const inbox = new Inbox(handle, { pause: () => {}, resume: () => {} }, 100);
  inbox.push([{ type: "pong" }, { type: "pong" }], 10);
  for (let count = 0; count < 50; count += 1) {
    inbox.push([{ type: "pong" }], 10);
    finish();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(handled.length, 51);
  await collectGarbage();
  const kept = handled.filter((frame) => frame.deref() !== undefined).length;
  assert.ok(kept <= 2, `${kept} of 51 handled frames are kept`);
});
