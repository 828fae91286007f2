import type { Progress } from "@wardwire/scanner/options";

/** A line that says how far a scan has got, and vanishes when it is disposed of. */
export interface ProgressLine extends Disposable {
  readonly update: (target: string, progress: Progress) => void;
}

/** A scan that is over sooner needs no progress. */
const quietMs = 2_000;

/** The part of a terminal that is used. */
export type Terminal = Pick<NodeJS.WriteStream, "isTTY" | "columns"> & { readonly write: (text: string) => unknown };

/**
 * A progress line on `stream`; nothing is written where that is no terminal.
 *
 * @param now milliseconds from any instant on.
 */
export function progressLine(stream: Terminal, now: () => number): ProgressLine {
  const began = now();
  let isShown = false;
  return {
    update: (target, { done, total, finding }) => {
      if (!stream.isTTY || now() - began < quietMs) return;
      isShown = true;
      const line = `${done}/${total}  ${target}  ${finding.title}`;
      stream.write(`\r\u001b[2K${line.slice(0, Math.max(20, stream.columns - 1))}`);
    },
    [Symbol.dispose]: () => {
      if (isShown) stream.write("\r\u001b[2K");
    },
  };
}
