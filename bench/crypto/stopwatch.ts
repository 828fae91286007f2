/** What an operation costs. */
export interface Cost {
  /** The median of all batches, in microseconds an operation. */
  readonly micros: number;
  /** Processor time of the whole process, in microseconds an operation: also what the thread pool did. */
  readonly cpuMicros: number;
}

/**
 * Times an operation that may answer later: batches of it until `atLeastMs` have passed, after as long that only warms up.
 *
 * @param batch how many operations are timed as one, so that the clock itself costs little
 */
export async function costOf(operation: () => unknown, batch: number, atLeastMs = 300): Promise<Cost> {
  const run = async (): Promise<number> => {
    const startedAt = performance.now();
    for (let count = 0; count < batch; count += 1) {
      const result = operation();
      if (result instanceof Promise) await result;
    }
    return performance.now() - startedAt;
  };
  for (let ms = 0; ms < atLeastMs; ) ms += await run();
  const before = process.cpuUsage();
  const batches: number[] = [];
  for (let ms = 0; ms < atLeastMs; ) {
    const took = await run();
    batches.push(took);
    ms += took;
  }
  const { user, system } = process.cpuUsage(before);
  const median = batches.toSorted((one, other) => one - other)[Math.floor(batches.length / 2)] ?? 0;
  return { micros: (median * 1_000) / batch, cpuMicros: (user + system) / (batches.length * batch) };
}
