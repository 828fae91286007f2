import type { JSX } from "preact";

/** A round mark with a person's initial. Decoration: the name stands next to it. */
export function Avatar({ name }: { readonly name: string }): JSX.Element {
  const [initial = "?"] = new Intl.Segmenter().segment(name)[Symbol.iterator]().next().value?.segment ?? "?";
  return (
    <span class="avatar" data-hue={hueOf(name)} aria-hidden="true">
      {initial.toUpperCase()}
    </span>
  );
}

/** One of eight hues, always the same for a name. */
export function hueOf(name: string): number {
  let sum = 0;
  for (let index = 0; index < name.length; index += 1) sum = (sum * 31 + name.charCodeAt(index)) % 65_521;
  return sum % 8;
}
