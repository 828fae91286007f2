import { once } from "node:events";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { ClusterError } from "../cluster-error.ts";
import type { Answers, Failure, FromThread, Outcome, Request, StoreOptions, ToThread } from "./store/request.ts";

/** Bounds of what waits for the store; past them requests are refused at once. */
export interface QueueBounds {
  readonly maxRequests: number;
  readonly maxBytes: number;
}

/** What a batch holds at most, so that neither its commit nor its outcomes keep a thread long. */
const maxBatchRequests = 64;
const maxBatchBytes = 1_048_576;

/** What a request is counted as taking beside its bytes. */
const requestOverheadBytes = 256;

/**
 * The store on its thread, as the main thread sees it. Requests are committed in the order they were asked: what comes
 * while a batch is being committed is the next batch (group commit). Answers come in that order too.
 */
export class StoreThread {
  readonly #worker: Worker;
  readonly #bounds: QueueBounds;
  readonly #now: () => number;
  readonly #ended = Promise.withResolvers<void>();
  #waiting: Pending[] = [];
  #underWay: Pending[] = [];
  #bytes = 0;
  #closing = false;
  #failure: ClusterError | undefined;

  /**
   * @param worker has said that the store is open.
   * @param now the engine's time.
   */
  constructor(worker: Worker, bounds: QueueBounds, now: () => number) {
    this.#worker = worker;
    this.#bounds = bounds;
    this.#now = now;
    worker.on("message", (message: FromThread) => {
      if ("outcomes" in message) this.#settle(message.outcomes);
    });
    worker.on("error", (error) => this.#fail(error));
    worker.on("exit", () => this.#exited());
    // Only what waits for an answer keeps the process alive.
    worker.unref();
  }

  /**
   * Has a request carried out. Every answer takes the same number of microtasks, so that whoever awaits them goes on in
   * the order of the commits.
   *
   * @throws ClusterError as a rejection: `closed`, `unavailable`, and why the store could not do it.
   */
  ask<R extends Request>(request: R): Promise<Answers[R["type"]]> {
    const bytes = sizeOf(request);
    const refusal = this.#refusal(request, bytes);
    if (refusal !== undefined) return Promise.reject(refusal);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    if (this.#waiting.length === 0) queueMicrotask(() => this.#post());
    this.#waiting.push({ request, bytes, resolve, reject });
    this.#bytes += bytes;
    return promise as Promise<Answers[R["type"]]>;
  }

  /** Lets what was asked be carried out, then closes the store; idempotent. */
  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#worker.ref();
      this.#post();
    }
    return this.#ended.promise;
  }

  #refusal(request: Request, bytes: number): ClusterError | undefined {
    if (this.#closing) return new ClusterError("closed", "the engine has been closed; open it again to go on");
    if (this.#failure !== undefined) return this.#failure;
    // Ending a subscription is never refused: it frees what a refusal would keep.
    if (request.type === "unwatch") return undefined;
    const { maxRequests, maxBytes } = this.#bounds;
    const requests = this.#waiting.length + this.#underWay.length;
    if (requests < maxRequests && this.#bytes + bytes <= maxBytes) return undefined;
    return new ClusterError(
      "unavailable",
      `${requests} requests of ${this.#bytes} bytes wait for the disk, ${maxRequests} and ${maxBytes} are the most; try again later`,
    );
  }

  /** Hands the next batch to the thread, unless it has one; at the end, the word that there is no other. */
  #post(): void {
    if (this.#underWay.length > 0 || this.#failure !== undefined) return;
    this.#underWay = this.#nextBatch();
    if (this.#underWay.length > 0) {
      this.#worker.ref();
      this.#tell({ nowMs: this.#now(), requests: this.#underWay.map(({ request }) => request) });
      return;
    }
    if (this.#closing) this.#tell("close");
    else this.#worker.unref();
  }

  #nextBatch(): Pending[] {
    let bytes = 0;
    const end = this.#waiting.findIndex((pending, index) => {
      bytes += pending.bytes;
      return index === maxBatchRequests || (index > 0 && bytes > maxBatchBytes);
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  #tell(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  /** The thread goes on with the next batch while this one's answers are given. */
  #settle(outcomes: readonly Outcome[]): void {
    const settled = this.#underWay;
    this.#underWay = [];
    this.#post();
    for (const [index, { bytes, resolve, reject }] of settled.entries()) {
      this.#bytes -= bytes;
      const outcome = outcomes[index];
      if (outcome !== undefined && "answer" in outcome) resolve(outcome.answer);
      else reject(asError(outcome?.failure ?? noOutcome));
    }
  }

  /** The thread should never end by itself; when it does, nobody waits for it for ever. */
  #fail(cause: unknown): void {
    this.#failure ??= new ClusterError(
      "unavailable",
      "the thread of the database has ended; restart the gateway. What was acknowledged is in the file",
      { cause },
    );
    for (const { reject } of [...this.#underWay, ...this.#waiting]) reject(this.#failure);
    this.#underWay = [];
    this.#waiting = [];
  }

  #exited(): void {
    this.#fail(new Error("expected the thread to run until the engine is closed"));
    this.#ended.resolve();
  }
}

/**
 * Opens the store on a new thread.
 *
 * @param timeFrom makes the engine's time from the time at which the store was opened.
 * @throws ClusterError as a rejection: `in-use`, `cannot-open`, `read-only`, `full`, `corrupt`, `incompatible`.
 */
export async function openStoreThread(
  options: StoreOptions,
  bounds: QueueBounds,
  timeFrom: (openedMs: number) => () => number,
): Promise<StoreThread> {
  const worker = new Worker(threadUrl, { workerData: options, name: "wardwire-sqlite" });
  const [message] = (await once(worker, "message")) as [FromThread];
  if ("opened" in message) return new StoreThread(worker, bounds, timeFrom(message.opened.nowMs));
  await worker.terminate();
  throw asError("failure" in message ? message.failure : noOutcome);
}

interface Pending {
  readonly request: Request;
  readonly bytes: number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: ClusterError) => void;
}

/** Beside this file, as a source or as what was built from it. */
const threadUrl = new URL(`./store/thread${extname(import.meta.url)}`, import.meta.url);

const noOutcome: Failure = { code: "unavailable", message: "the thread of the database gave no answer" };

function asError({ code, message }: Failure): ClusterError {
  return new ClusterError(code, message);
}

function sizeOf(request: Request): number {
  return requestOverheadBytes + ("bytes" in request ? request.bytes.byteLength : 0);
}
