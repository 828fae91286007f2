import type { JSX } from "preact";

/** The page's icons, each one path in a square of 24. */
const paths = {
  shield: "M12 3l7 2.6v5.6c0 4.4-3 7.9-7 9.6-4-1.7-7-5.2-7-9.6V5.6zM9 12l2.2 2.2L15.2 10",
  pencil: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.4-4 3-6 6.5-6s6.1 2 6.5 6M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14.6c2 .8 3.2 2.6 3.5 5.4",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4 12l16-8-6 16-3-7z",
  down: "M12 5v14M6 13l6 6 6-6",
  chevron: "M7 10l5 5 5-5",
  leave: "M14 4H6v16h8M10 12h11M17 8l4 4-4 4",
} as const;

/** The name of an icon. */
export type IconName = keyof typeof paths;

/** An icon; decoration only, so whatever holds it needs a name of its own. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
