import assert from "node:assert/strict";
import { test } from "node:test";
import { createToasts } from "../../src/state/toasts.ts";

test("toasts are shown in order, the same words once, and only a few at a time", () => {
  const toasts = createToasts(2);
  for (const text of ["one", "two", "two", "three"]) toasts.show("news", text);
  assert.deepEqual(
    toasts.list.value.map(({ text }) => text),
    ["two", "three"],
  );
});

test("a toast that is dismissed is gone, the others stay", () => {
  const toasts = createToasts();
  toasts.show("news", "one");
  toasts.show("error", "two");
  toasts.dismiss(toasts.list.value[0]?.id ?? 0);
  assert.deepEqual(
    toasts.list.value.map(({ text, tone }) => [text, tone]),
    [["two", "error"]],
  );
});
