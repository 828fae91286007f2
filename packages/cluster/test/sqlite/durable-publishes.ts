/**
 * Measures durable publications a second and the delay of the event loop meanwhile, with 1, 16 and 256 publishers at once:
 * `node --conditions=@wardwire/source packages/cluster/test/sqlite/durable-publishes.ts`. The figures of ADR 0008.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { StoreFile } from "./store-file.ts";

const measuredMs = 3_000;
const history = { messages: 1_000, bytes: 1_000_000, ttlMs: 600_000 };

for (const publishers of [1, 16, 256]) {
  using store = new StoreFile();
  const { broker, close } = await store.open();
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  const startMs = performance.now();
  let published = 0;
  const publishFor = async (publisher: number): Promise<void> => {
    for (let count = 0; performance.now() - startMs < measuredMs; count += 1) {
      const idempotencyKey = `${publisher} ${count}`;
      await broker.publish({
        channel: `channel ${publisher % 8}`,
        bytes: new Uint8Array(300),
        history,
        idempotencyKey,
      });
      published += 1;
    }
  };
  await Promise.all(Array.from({ length: publishers }, (_, publisher) => publishFor(publisher)));
  const perSecond = Math.round((published / (performance.now() - startMs)) * 1_000);
  histogram.disable();
  const [p50, p99] = [50, 99].map((percentile) => (histogram.percentile(percentile) / 1e6).toFixed(1));
  process.stdout.write(`${publishers} publishers: ${perSecond} a second; event loop p50 ${p50} ms, p99 ${p99} ms\n`);
  await close();
}
