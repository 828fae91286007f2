import { randomUUID } from "node:crypto";
import { rename } from "node:fs/promises";
import type { IntegrityKey } from "@wardwire/crypto/integrity";
import type { Clock } from "../clock.ts";
import { AuditError, systemErrorCode, unavailable } from "./audit-error.ts";
import { type CheckpointReason, checkpointEvent, signCheckpoint, signHead } from "./checkpoint.ts";
import type { CleanFields } from "./clean-fields.ts";
import { type AppendFile, type OpenAppendFile, syncFolder } from "./file/append-file.ts";
import { headPath, writeHead } from "./file/head-file.ts";
import { encodeLine } from "./line.ts";
import { type ChainPosition, type Crash, resumePosition } from "./resume.ts";
import { crashEvent, type FileFacts, openedEvent } from "./verify/chain-check.ts";

/** What a line says, before it has a place in the chain. */
export interface Entry {
  readonly event: string;
  readonly level: string;
  readonly fields: CleanFields;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Where a chain is written, and with what. */
export interface ChainWriterOptions {
  readonly path: string;
  readonly source: string;
  /** The first signs, all verify what is on disk. */
  readonly keys: readonly [IntegrityKey, ...IntegrityKey[]];
  readonly clock: Clock;
  readonly openFile: OpenAppendFile;
  /** Hears that a write failed; it is tried again. */
  readonly onWriteFailed: (code: string) => void;
  /** Hears that the disk takes everything again. */
  readonly onRecovered: () => void;
}

/**
 * The end of a chain on disk. Its calls must not overlap. A write that fails is tried again from where it stopped, until it
 * succeeds or {@link giveUp} has been called; nothing is written twice.
 */
export class ChainWriter {
  readonly #options: ChainWriterOptions;
  #file: AppendFile | undefined;
  #facts: FileFacts = { id: "", firstSeq: 0, time: "" };
  #size = 0;
  #seq: number;
  #prev: string;
  #unsigned = 0;
  /** What the disk has refused when it was asked last: to take lines, or to make them last. */
  readonly #failing = new Set<"write" | "sync">();
  /** A log that cannot be begun is an error at once; only one that has been is worth waiting for. */
  #givingUp = true;
  #broken = false;
  #resume: () => void = () => undefined;

  /**
   * Opens the log and writes its first lines: that a file begins, or how the process before ended; then a checkpoint.
   *
   * @throws AuditError `audit-broken`, `audit-unavailable`, as a rejection
   */
  static async open(options: ChainWriterOptions): Promise<ChainWriter> {
    const position = await resumePosition(options.path, options.keys);
    const writer = new ChainWriter(options, position);
    await writer.#openFile();
    try {
      if (position.file === undefined) await writer.#beginFile();
      else if (position.crash !== undefined) await writer.#accountFor(position.crash);
      await writer.checkpoint("opened");
    } catch (error) {
      await writer.#file?.close();
      throw error;
    }
    writer.#givingUp = false;
    return writer;
  }

  private constructor(options: ChainWriterOptions, { seq, prev, file }: ChainPosition) {
    this.#options = options;
    this.#seq = seq;
    this.#prev = prev;
    if (file !== undefined) this.#facts = file;
  }

  /** Lines behind the last checkpoint. */
  get unsigned(): number {
    return this.#unsigned;
  }

  /** Bytes of the file. */
  get size(): number {
    return this.#size;
  }

  /** When the file was begun, ISO 8601. */
  get begun(): string {
    return this.#facts.time;
  }

  /** Appends a line for each entry. */
  append(entries: readonly Entry[]): Promise<void> {
    return this.#write(entries.map((entry) => this.#encode(entry)).join(""));
  }

  /** Signs everything up to here, puts it on the disk, and then says so in the head. */
  async checkpoint(reason: CheckpointReason): Promise<void> {
    const [key] = this.#options.keys;
    const { id: file, firstSeq } = this.#facts;
    const fields = { count: this.#seq - firstSeq, file, reason };
    const record = this.#record({ event: checkpointEvent, level: "info", fields, at: this.#options.clock.now() });
    const signed = await signCheckpoint(key, record);
    const { text, hash } = encodeLine(signed);
    this.#advance(hash);
    await this.#write(text);
    this.#unsigned = 0;
    try {
      await this.#opened().sync();
      await writeHead(headPath(this.#options.path), await signHead(key, { file, hash, seq: record.seq }));
      this.#succeeded("sync");
    } catch (error) {
      // The lines are written; the next checkpoint tries again to make them last.
      this.#failed("sync", error);
    }
  }

  /** Ends the file, leaves it under a name with the number of its first line, and goes on in a new one. */
  async rotate(): Promise<void> {
    const { path } = this.#options;
    await this.checkpoint("rotated");
    await this.#opened().close();
    this.#file = undefined;
    await this.#persist(() => rename(path, `${path}.${String(this.#facts.firstSeq).padStart(16, "0")}`));
    await this.#persist(() => this.#openFile());
    await this.#beginFile();
    await this.checkpoint("opened");
  }

  /** Writes that fail from now on are not tried again: the call in progress, and those that follow, reject. */
  giveUp(): void {
    this.#givingUp = true;
    this.#resume();
  }

  /** Ends the log in order, unless a write has been given up: then the file ends where that stopped. */
  async close(): Promise<void> {
    try {
      if (!this.#broken) await this.checkpoint("closed");
    } finally {
      await this.#file?.close();
    }
  }

  async #openFile(): Promise<void> {
    const { path, openFile } = this.#options;
    try {
      this.#file = await openFile(path);
    } catch (error) {
      throw unavailable("open", path, error);
    }
    this.#size = this.#file.size;
    await syncFolder(path).catch(() => undefined);
  }

  async #beginFile(): Promise<void> {
    const at = this.#options.clock.now();
    this.#facts = { id: randomUUID(), firstSeq: this.#seq, time: new Date(at).toISOString() };
    const fields = { file: this.#facts.id, source: this.#options.source, version: 1 };
    await this.append([{ event: openedEvent, level: "info", fields, at }]);
  }

  async #accountFor({ unsigned, torn, unterminated }: Crash): Promise<void> {
    const tornFields = torn === undefined ? {} : { torn: torn.sha256, tornBytes: torn.bytes };
    const fields = { unsigned, ...tornFields };
    const line = this.#encode({ event: crashEvent, level: "warn", fields, at: this.#options.clock.now() });
    await this.#write(`${unterminated ? "\n" : ""}${line}`);
  }

  #encode(entry: Entry): string {
    const { text, hash } = encodeLine(this.#record(entry));
    this.#advance(hash);
    this.#unsigned += 1;
    return text;
  }

  #record({ event, fields, level, at }: Entry) {
    return { event, fields, level, prev: this.#prev, seq: this.#seq, time: new Date(at).toISOString() };
  }

  #advance(hash: string): void {
    this.#seq += 1;
    this.#prev = hash;
  }

  async #write(text: string): Promise<void> {
    let bytes: Uint8Array = Buffer.from(text);
    while (bytes.length > 0) {
      const left = bytes;
      const taken = await this.#persist(() => this.#opened().write(left));
      this.#size += taken;
      bytes = bytes.subarray(taken);
    }
  }

  /** Tries until it succeeds or there is nobody left to wait for it. */
  async #persist<Result>(attempt: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        const result = await attempt();
        this.#succeeded("write");
        return result;
      } catch (error) {
        this.#broken = this.#givingUp;
        if (this.#givingUp) throw error instanceof AuditError ? error : unavailable("write", this.#options.path, error);
        this.#failed("write", error);
        await this.#pause();
      }
    }
  }

  #failed(what: "write" | "sync", error: unknown): void {
    this.#failing.add(what);
    this.#options.onWriteFailed(systemErrorCode(error));
  }

  #succeeded(what: "write" | "sync"): void {
    if (this.#failing.delete(what) && this.#failing.size === 0) this.#options.onRecovered();
  }

  #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.after(retryMs, resolve);
    this.#resume = () => {
      timer.cancel();
      resolve();
    };
    return promise;
  }

  #opened(): AppendFile {
    if (this.#file === undefined) throw new AuditError("audit-unavailable", "the audit log has been closed");
    return this.#file;
  }
}

const retryMs = 1_000;
