import type { IntegrityKey } from "@wardwire/crypto/integrity";
import { type Clock, systemClock, type Timer } from "../clock.ts";
import type { Observe } from "../observe/events.ts";
import { AuditError } from "./audit-error.ts";
import { ChainWriter, type Entry } from "./chain-writer.ts";
import { cleanFields, cleanText } from "./clean-fields.ts";
import { type OpenAppendFile, openAppendFile } from "./file/append-file.ts";
import { lockLog } from "./file/file-lock.ts";
import { type SecurityEvent, securityEvent } from "./security-event.ts";

/** An append-only record of security events: JSON lines, hash-chained, with signed checkpoints (`spec/audit-log.md`). */
export interface AuditLog extends AsyncDisposable {
  /**
   * Takes an event; it is written soon after. Never throws and never waits: when the disk does not keep up and
   * `maxBuffered` events wait, further ones are counted, and the log says how many it lost. After `close` it does nothing.
   */
  record(event: SecurityEvent): void;
  /**
   * Writes what waits, a last checkpoint, and releases the file; the same promise however often it is called.
   *
   * @throws AuditError `audit-unavailable`, as a rejection, when that could not be written
   */
  close(): Promise<void>;
}

/** How an audit log is kept. */
export interface AuditLogOptions {
  /** The file. Beside it stand `path.head`, `path.lock`, and the files rotation leaves behind, `path.` and 16 digits. */
  readonly path: string;
  /** The first signs; all verify what is on disk. `parseAuditKeys` reads them from a file. */
  readonly keys: readonly [IntegrityKey, ...IntegrityKey[]];
  /** Names this gateway among others: a host, an instance. */
  readonly source: string;
  /** A checkpoint is due after so many lines… (default 1,000). */
  readonly checkpointLines?: number;
  /** …and no later than this after a line (default 5,000). */
  readonly checkpointMs?: number;
  /** A file that has grown to this many bytes is followed by another (default 64 MiB); so is, each day, that of the day before (UTC). */
  readonly maxFileBytes?: number;
  /** How many events may wait for the disk (default 10,000). */
  readonly maxBuffered?: number;
  /** Hears what goes wrong while the log is kept; what it throws is ignored. */
  readonly onProblem?: (problem: AuditProblem) => void;
  readonly clock?: Clock;
  readonly openFile?: OpenAppendFile;
}

/**
 * What can go wrong while a log is kept; `write-failed` is tried again each second, until `recovered`; `dropped` is told
 * once per shortage.
 */
export type AuditProblem =
  | { readonly what: "write-failed"; readonly code: string }
  | { readonly what: "recovered" }
  | { readonly what: "dropped" };

/**
 * Opens the log at `options.path`, or begins it. One that exists is read and verified first, and continued.
 *
 * @throws AuditError, as a rejection: `audit-broken` when the file is not as it was written, `audit-locked` while another
 *   writes it, `audit-unavailable`, `invalid-audit-options`
 */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const settings = { ...defaults, ...options };
  for (const name of ["checkpointLines", "checkpointMs", "maxFileBytes", "maxBuffered"] as const) {
    if (!Number.isSafeInteger(settings[name]) || settings[name] < 1) {
      throw new AuditError("invalid-audit-options", `${name}: expected an integer from 1, got ${settings[name]}`);
    }
  }
  const lock = lockLog(settings.path);
  try {
    return await KeptLog.open(settings, lock);
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

/** Records what the gateway's events mean for security. */
export function auditEvents(log: AuditLog): Observe {
  return (event) => {
    const meaning = securityEvent(event);
    if (meaning !== undefined) log.record(meaning);
  };
}

type Settings = AuditLogOptions & Required<Omit<AuditLogOptions, "path" | "keys" | "source">>;

const defaults = {
  checkpointLines: 1_000,
  checkpointMs: 5_000,
  maxFileBytes: 67_108_864,
  maxBuffered: 10_000,
  onProblem: (): void => undefined,
  clock: systemClock,
  openFile: openAppendFile,
};

/** Lines that are made and written at once: enough to be quick, few enough that no turn is long. */
const linesPerWrite = 256;

class KeptLog implements AuditLog {
  readonly #settings: Settings;
  readonly #lock: Disposable;
  readonly #writer: ChainWriter;
  #buffer: Entry[] = [];
  #dropped: { count: number; readonly since: string } | undefined;
  #timer: Timer | undefined;
  #checkpointDue = false;
  #failure: { readonly error: unknown } | undefined;
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  static async open(settings: Settings, lock: Disposable): Promise<KeptLog> {
    const { path, keys, clock, openFile } = settings;
    const onWriteFailed = (code: string): void => tell(settings, { what: "write-failed", code });
    const onRecovered = (): void => tell(settings, { what: "recovered" });
    const source = cleanText(settings.source);
    const writer = await ChainWriter.open({ path, source, keys, clock, openFile, onWriteFailed, onRecovered });
    return new KeptLog(settings, lock, writer);
  }

  private constructor(settings: Settings, lock: Disposable, writer: ChainWriter) {
    this.#settings = settings;
    this.#lock = lock;
    this.#writer = writer;
  }

  record({ event, level, fields }: SecurityEvent): void {
    if (this.#closing !== undefined) return;
    const at = this.#settings.clock.now();
    if (this.#buffer.length < this.#settings.maxBuffered) {
      this.#buffer.push({ event, level, fields: cleanFields(fields), at });
      this.#wake();
    } else {
      this.#drop(at);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #drop(at: number): void {
    if (this.#dropped === undefined) {
      this.#dropped = { count: 0, since: new Date(at).toISOString() };
      tell(this.#settings, { what: "dropped" });
    }
    this.#dropped.count += 1;
  }

  #wake(): void {
    if (this.#failure === undefined) this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // What the same turn still records goes into the same write.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      await this.#writeAll();
    } catch (error) {
      // The chain ends here; `close` tells. What is recorded from now on is lost, and counted as such.
      this.#failure = { error };
    } finally {
      this.#running = undefined;
    }
  }

  async #writeAll(): Promise<void> {
    const { checkpointLines, checkpointMs, clock } = this.#settings;
    while (this.#buffer.length > 0 || this.#dropped !== undefined || this.#checkpointDue) {
      const entries = this.#take();
      if (this.#rotationDue(entries[0])) await this.#writer.rotate();
      await this.#writer.append(entries);
      if (this.#checkpointDue || this.#writer.unsigned >= checkpointLines) {
        await this.#writer.checkpoint(this.#checkpointDue ? "time" : "lines");
        this.#checkpointDue = false;
        this.#timer?.cancel();
        this.#timer = undefined;
      }
    }
    if (this.#writer.unsigned === 0) return;
    this.#timer ??= clock.after(checkpointMs, () => {
      this.#checkpointDue = true;
      this.#wake();
    });
  }

  /** The next entries; once all that waited have been taken, also how many were lost behind them. */
  #take(): Entry[] {
    const entries = this.#buffer.splice(0, linesPerWrite);
    if (this.#dropped === undefined || this.#buffer.length > 0) return entries;
    const { count, since } = this.#dropped;
    this.#dropped = undefined;
    return [
      ...entries,
      { event: "audit_dropped", level: "critical", fields: { count, since }, at: this.#settings.clock.now() },
    ];
  }

  #rotationDue(first: Entry | undefined): boolean {
    if (first === undefined) return false;
    const day = new Date(first.at).toISOString().slice(0, 10);
    return this.#writer.size >= this.#settings.maxFileBytes || day > this.#writer.begun.slice(0, 10);
  }

  async #close(): Promise<void> {
    using _lock = this.#lock;
    this.#writer.giveUp();
    try {
      await this.#running;
      if (this.#failure !== undefined) throw this.#failure.error;
      this.#checkpointDue = false;
      await this.#writeAll();
    } finally {
      this.#timer?.cancel();
      await this.#writer.close();
    }
  }
}

function tell(settings: Settings, problem: AuditProblem): void {
  try {
    settings.onProblem(problem);
  } catch {
    // A faulty listener must not stop the record.
  }
}
