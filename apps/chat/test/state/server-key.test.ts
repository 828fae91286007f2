import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { serverKeyIn } from "../../src/state/server-key.ts";

/** A document whose place for the pins holds this; without one when it is left out. */
function pageWith(content?: string): Pick<Document, "querySelector"> {
  const find = (selector: string): unknown =>
    selector === 'meta[name="wardwire-server-key"]' && content !== undefined ? { content } : null;
  return { querySelector: find } as unknown as Document;
}

describe("the server's key in the page", () => {
  test("is one pin, or the current and the next one in this order", () => {
    assert.equal(serverKeyIn(pageWith("sha256:a")), "sha256:a");
    assert.deepEqual(serverKeyIn(pageWith("sha256:a sha256:b")), ["sha256:a", "sha256:b"]);
  });

  test("is none where the server has written none", () => {
    assert.equal(serverKeyIn(pageWith("")), undefined);
    assert.equal(serverKeyIn(pageWith()), undefined);
  });

  test("is handed on damaged, for the client to refuse, rather than taken for none", () => {
    assert.equal(serverKeyIn(pageWith("junk")), "junk");
    assert.deepEqual(serverKeyIn(pageWith("sha256:a  sha256:b")), ["sha256:a", " sha256:b"]);
    assert.deepEqual(serverKeyIn(pageWith("sha256:a sha256:b sha256:c")), ["sha256:a", "sha256:b sha256:c"]);
    assert.deepEqual(serverKeyIn(pageWith(" sha256:a")), ["", "sha256:a"]);
  });
});
