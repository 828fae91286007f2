import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { pinGroups } from "./seal-words.ts";

/** A server key's pin, in groups for comparing; what is copied, by the button or by hand, is the pin as it is. */
export function Fingerprint({ pin }: { readonly pin: string }): JSX.Element {
  const said = useSignal("");
  const copy = (): void => {
    navigator.clipboard.writeText(pin).then(
      () => {
        said.value = "Copied.";
      },
      () => {
        said.value = "This browser does not let the page copy. Select the fingerprint instead.";
      },
    );
  };
  return (
    <div class="fingerprint">
      <code>
        {pinGroups(pin).map((group, index) => (
          <span key={index}>{group}</span>
        ))}
      </code>
      <button type="button" class="button" data-size="small" onClick={copy}>
        Copy<span class="visually-hidden"> the fingerprint</span>
      </button>
      <p role="status" class="hint">
        {said}
      </p>
    </div>
  );
}
