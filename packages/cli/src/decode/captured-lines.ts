import { CliError } from "../cli-error.ts";

/** A WebSocket message that somebody has captured. */
export interface CapturedMessage {
  /** Where it stands, from 1. */
  readonly line: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The messages of a capture: one a line, in hexadecimal or Base64; empty lines and those that begin with `#` are left out.
 *
 * @throws CliError `configuration` for a line that is neither
 */
export function parseCapture(text: string): readonly CapturedMessage[] {
  return text.split("\n").flatMap((raw, index) => {
    const line = raw.trim();
    return line === "" || line.startsWith("#") ? [] : [{ line: index + 1, bytes: parseLine(line, index + 1) }];
  });
}

function parseLine(text: string, line: number): Uint8Array<ArrayBuffer> {
  if (/^(?:[\da-f]{2})+$/i.test(text)) return new Uint8Array(Buffer.from(text, "hex"));
  if (/^[\w+/-]+={0,2}$/.test(text)) return new Uint8Array(Buffer.from(text, "base64"));
  throw new CliError(
    "configuration",
    `line ${line}: expected one message in hexadecimal or Base64, got something else`,
  );
}
