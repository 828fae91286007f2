import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../../src/cluster.ts";
import type { EngineClock } from "../../src/sqlite/engine-time.ts";
import { type SqliteOptions, sqlite } from "../../src/sqlite/sqlite.ts";

/** A folder of its own with a store in it; both go with `using`. */
export class StoreFile implements Disposable {
  readonly #folder = mkdtempDisposableSync(join(tmpdir(), "wardwire-sqlite-"));
  readonly folder: string = this.#folder.path;
  readonly path: string = join(this.#folder.path, "store.db");

  /** Opens the store; whoever opens it closes it. */
  open(options: Partial<SqliteOptions> = {}): Promise<Cluster> {
    return sqlite({ file: this.path, ...options });
  }

  [Symbol.dispose](): void {
    this.#folder.remove();
  }
}

/** Clocks that stand still until they are set. */
export class SetClock implements EngineClock {
  wallMs = 1_800_000_000_000;
  monotonicMs = 5_000.5;

  now(): number {
    return this.wallMs;
  }

  monotonic(): number {
    return this.monotonicMs;
  }

  /** Lets `ms` milliseconds pass on both. */
  advance(ms: number): void {
    this.wallMs += ms;
    this.monotonicMs += ms;
  }
}
