import type { Clock } from "../clock.ts";
import type { GatewayEvent, Observe } from "../observe/events.ts";
import { AuditError } from "./audit-error.ts";
import { type AuditLog, type AuditLogOptions, type AuditProblem, openAuditLog } from "./audit-log.ts";
import { type SecurityEvent, securityEvent } from "./security-event.ts";

/** How a gateway keeps its audit log. */
export type AuditOptions = Omit<AuditLogOptions, "onProblem" | "clock">;

/** What the audit of a gateway is made of. */
export interface GatewayAuditOptions {
  readonly log: AuditOptions;
  readonly clock: Clock;
  /** Hears that the log cannot be kept; the log hears of it too, once it can. */
  readonly report: Observe;
}

/**
 * The audit log of one gateway, opened by itself. Nobody is admitted before it is open; from then on it is kept beside
 * the data plane, which a failing disk does not stop: it is reported once, `isFailing` says so, and what cannot be kept is
 * counted in the log.
 */
export class GatewayAudit {
  readonly #report: Observe;
  #early: SecurityEvent[] = [];
  #log: AuditLog | undefined;
  #opening: Promise<void> | undefined;
  #isRefused = false;

  /** Begins to open the log. */
  constructor({ log, clock, report }: GatewayAuditOptions) {
    this.#report = report;
    this.#opening = this.#open({ ...log, clock, onProblem: (problem) => this.#hear(problem) });
    // Whoever listens, or is to be admitted, waits for it and fails then.
    this.#opening.catch((error: unknown) => report({ event: "failure", where: "audit", error }));
  }

  /**
   * Resolves once the log is open; undefined when it is.
   *
   * @throws AuditError as a rejection, as `openAuditLog`.
   */
  ready(): Promise<void> | undefined {
    return this.#opening;
  }

  /** Whether the record cannot be kept just now, or has never been begun. */
  get isFailing(): boolean {
    return this.#log === undefined || this.#isRefused;
  }

  /** Records what an event means for security. */
  observe(event: GatewayEvent): void {
    const meaning = securityEvent(event);
    if (meaning === undefined) return;
    if (this.#log !== undefined) this.#log.record(meaning);
    else if (this.#early.length < maxEarly) this.#early.push(meaning);
  }

  /** Writes what waits and releases the file. A log that cannot be ended in order is reported; never rejects. */
  async close(): Promise<void> {
    try {
      await this.#opening;
    } catch {
      // Reported when it happened; there is nothing to close.
      return;
    }
    try {
      await this.#log?.close();
    } catch (error) {
      this.#report({ event: "failure", where: "audit", error });
    }
  }

  async #open(options: AuditLogOptions): Promise<void> {
    const log = await openAuditLog(options);
    for (const event of this.#early.splice(0)) log.record(event);
    this.#log = log;
    this.#opening = undefined;
  }

  #hear(problem: AuditProblem): void {
    const wasRefused = this.#isRefused;
    if (problem.what !== "dropped") this.#isRefused = problem.what === "write-failed";
    if (problem.what === "dropped") this.#tell("the disk does not keep up: events are lost, and counted in the log");
    else if (problem.what === "write-failed" && !wasRefused) {
      this.#tell(`the disk refuses the audit log (${problem.code}): check it; writing is tried again each second`);
    }
  }

  #tell(message: string): void {
    this.#report({ event: "failure", where: "audit", error: new AuditError("audit-unavailable", message) });
  }
}

/** Events that wait for the log to be opened; before it is, nobody connects. */
const maxEarly = 1_000;
