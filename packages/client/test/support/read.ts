/** Everything an iterable gives until it ends. */
export async function readAll<T>(items: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const item of items) read.push(item);
  return read;
}

/** The next `count` items, leaving the rest. */
export async function readSome<T>(items: AsyncIterable<T>, count: number): Promise<T[]> {
  const read: T[] = [];
  for await (const item of items) {
    read.push(item);
    if (read.length === count) break;
  }
  return read;
}
