import { styleText } from "node:util";

/** Where a command writes: documents for programs, lines for people. */
export interface Output {
  /** Whether `--json` was given. */
  readonly json: boolean;
  /** Writes one JSON line on standard output under `--json`; does nothing otherwise. */
  record(document: object): void;
  /** Writes one line for people: on standard output, or on standard error under `--json`. */
  say(line: string): void;
  /** Colours `text` where lines for people go to a terminal and NO_COLOR is not set; else returns it as it is. */
  style(format: Style, text: string): string;
}

/** The few styles this program uses. */
export type Style = "bold" | "dim" | "green" | "red" | "yellow" | "cyan";

/**
 * Makes the output of one command.
 *
 * @param json whether standard output is kept for JSON.
 * @param streams standard output and standard error; the process's own when left out.
 */
export function createOutput(json: boolean, streams: Streams = process): Output {
  const people = json ? streams.stderr : streams.stdout;
  return {
    json,
    record: (document) => {
      if (json) streams.stdout.write(`${JSON.stringify(document)}\n`);
    },
    say: (line) => {
      people.write(`${line}\n`);
    },
    style: (format, text) => styleText(format, text, { stream: people, validateStream: true }),
  };
}

interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/**
 * Text that a stranger chose, made safe for a terminal: control characters, escape sequences, line separators and
 * bidirectional overrides are written as `\u{1b}` (R53).
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
