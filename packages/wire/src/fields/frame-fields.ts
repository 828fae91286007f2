import type { Position } from "../frames.ts";
import { integer, matching, type Reader, record, text } from "./readers.ts";

const wordPattern = /^(?=.{1,64}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** Whether a value is a word as `type` and `code` are: lower case, parts joined by single hyphens, at most 64 long. */
export function isWord(value: unknown): value is string {
  return typeof value === "string" && wordPattern.test(value);
}

/** The `id` of a request and of its reply. */
export const requestId: Reader<number> = integer(1);

/** The number of a joined channel. */
export const channelNumber: Reader<number> = integer(1);

/** The offset of a message in its stream, milliseconds since 1970, and other counts. */
export const count: Reader<number> = integer(0);

/** The `code` of an error, a notice or a forced leave. */
export const word: Reader<string> = matching(wordPattern, "a kebab-case word of 1 to 64 characters");

/** A place in a channel's history. */
export const position: Reader<Position> = record<Position>({ stream: text(128), offset: count });
