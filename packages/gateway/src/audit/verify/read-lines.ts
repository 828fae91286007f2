import { createReadStream } from "node:fs";
import { maxLineBytes } from "../line.ts";

/** Some lines of a file, in order. The buffers are valid until the next batch is asked for. */
export interface LineBatch {
  /** Without their line feeds. Of a line longer than {@link maxLineBytes} only a beginning, one byte longer than that. */
  readonly lines: readonly Buffer[];
  /** What follows the last line feed of the file; only in the last batch, and only when it is not empty. */
  readonly rest?: Buffer;
  /** Bytes read since the batch before. */
  readonly bytes: number;
}

/** Reads a file a megabyte at a time; holds no more of it than that and one line. */
export async function* readLines(path: string): AsyncGenerator<LineBatch, void, undefined> {
  let carry: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1_048_576 }) as AsyncIterable<Buffer>) {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      lines.push(bounded(carry, chunk.subarray(start, end)));
      carry = Buffer.alloc(0);
      start = end + 1;
    }
    carry = bounded(carry, chunk.subarray(start));
    yield { lines, bytes: chunk.length };
  }
  if (carry.length > 0) yield { lines: [], rest: carry, bytes: 0 };
}

const lineFeed = 10;

function bounded(carry: Buffer, more: Buffer): Buffer {
  return (carry.length === 0 ? more : Buffer.concat([carry, more])).subarray(0, maxLineBytes + 1);
}
