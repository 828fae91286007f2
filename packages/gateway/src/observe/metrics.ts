import { Counter, Gauge, Registry } from "@prometheus-io/client";
import { closeCodes } from "@wardwire/wire/close-codes";
import { operations } from "../auth/operation.ts";
import type { GatewayEvent } from "./events.ts";

/** What is measured when the metrics are read, rather than counted as it happens; what is absent is left out. */
export interface Levels {
  readonly openConnections: number;
  readonly unauthenticatedConnections: number;
  readonly channels: number;
  readonly outboundBytes: number;
  readonly incompleteBytes: number;
  /** Of signals, since the start. */
  readonly forgottenSubjects: number;
  readonly suppressedSignals: number;
  readonly sealedSessions?: number;
  /** Of sealed channels, since the start. */
  readonly sealedEpochs?: number;
  readonly sealedSteps?: number;
  readonly sealedRecords?: number;
  readonly sealedSkips?: number;
  readonly eventLoopLagSeconds?: number;
  readonly openDescriptors?: number;
  readonly maxDescriptors?: number;
  /** In seconds since 1970. */
  readonly certificateExpirySeconds?: number;
}

/** The media type of {@link Metrics.text}. */
export const metricsContentType = "text/plain; version=0.0.4; charset=utf-8";

/**
 * The metrics of one gateway, in a registry of its own. Every label comes from a list in the code: no user, channel,
 * address or origin becomes a time series.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #counters: Counters = createCounters(this.#registry);
  readonly #gauges: ReadonlyMap<keyof Levels, Gauge> = createGauges(this.#registry);

  /** Counts an event. */
  count(event: GatewayEvent): void {
    const counters = this.#counters;
    switch (event.event) {
      case "connected":
        counters.connected.inc();
        break;
      case "disconnected":
        counters.disconnected.inc({ code: closeCodeLabel(event.code), by: event.by ?? "client" });
        break;
      case "upgrade-refused":
        counters.refusedHandshakes.inc({ cause: event.cause });
        break;
      case "authentication-failed":
        counters.failedAuthentications.inc({
          code: authenticationLabels.has(event.code) ? event.code : "other",
        });
        break;
      case "ticket-refused":
        counters.refusedTickets.inc();
        break;
      case "denied":
        counters.denied.inc({ operation: operationLabels.has(event.operation) ? event.operation : "other" });
        break;
      case "rate-limited":
        counters.rateLimited.inc({ budget: event.budget, dry_run: String(event.dryRun === true) });
        break;
      case "decode-error":
        counters.decodeErrors.inc();
        break;
      case "revoked":
        counters.revocations.inc();
        break;
      case "revoked-token-used":
        counters.revokedUses.inc();
        break;
      case "signal":
        counters.signals.inc({ signal: event.signal });
        break;
      case "webhook-failed":
        counters.failedWebhooks.inc();
        break;
      case "sealed":
        counters.sealedHandshakes.inc({ suite: String(event.suite) });
        break;
      case "sealed-failed":
        counters.sealedFailures.inc({ kind: event.kind });
        break;
      case "rekeyed":
        counters.rekeys.inc({ how: event.how });
        break;
      case "failure":
      case "crash":
        counters.failures.inc();
        break;
      case "peer-problem":
        counters.peerProblems.inc();
        break;
      default:
        // Rare, and in the log.
        break;
    }
  }

  /** One session record that was measured took so long to seal or to open. */
  timeRecord(work: "seal" | "open", seconds: number): void {
    this.#counters.recordsTimed.inc({ work });
    this.#counters.recordSeconds.inc({ work }, seconds);
  }

  /** All of it in the text format of Prometheus, {@link metricsContentType}. */
  text(levels: Levels): Promise<string> {
    for (const [name, gauge] of this.#gauges) {
      const value = levels[name];
      if (value === undefined) gauge.remove();
      else gauge.set(value);
    }
    return this.#registry.metrics();
  }
}

type Counters = ReturnType<typeof createCounters>;

function createCounters(registry: Registry) {
  const counter = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> =>
    new Counter<L>({ name: `wardwire_${name}_total`, help, labelNames, registers: [registry] });
  return {
    connected: counter("connections_authenticated", "Connections whose connect has succeeded."),
    disconnected: counter("connections_closed", "Connections that have ended, by close code and by whom.", [
      "code",
      "by",
    ]),
    refusedHandshakes: counter("handshakes_refused", "Opening handshakes refused, by cause.", ["cause"]),
    failedAuthentications: counter("authentications_failed", "Credentials refused, by code.", ["code"]),
    refusedTickets: counter("tickets_refused", "Tickets not issued or not taken."),
    denied: counter("operations_denied", "Operations that authorize denied.", ["operation"]),
    rateLimited: counter("rate_limited", "What was over a rate, by budget.", ["budget", "dry_run"]),
    decodeErrors: counter("decode_errors", "Messages and frames that could not be decoded."),
    revocations: counter("revocations", "Revocations heard of."),
    revokedUses: counter("revoked_tokens_used", "Uses of revoked credentials."),
    signals: counter("signals", "Signals raised, by name.", ["signal"]),
    failedWebhooks: counter("webhooks_failed", "Signals that did not reach a webhook."),
    sealedHandshakes: counter("sealed_handshakes", "Sealed handshakes that succeeded, by suite.", ["suite"]),
    sealedFailures: counter("sealed_failures", "Sealed connections that failed, by what failed.", ["kind"]),
    rekeys: counter("sealed_rekeys", "Changes of keys in sealed sessions.", ["how"]),
    recordsTimed: counter("sealed_records_timed", "Session records that were measured, one in 64.", ["work"]),
    recordSeconds: counter("sealed_record_seconds", "Seconds that the measured records took.", ["work"]),
    failures: counter("failures", "What the application, an engine or the gateway threw."),
    peerProblems: counter("peer_problems", "What went wrong below the gateway with one peer."),
  };
}

const helpOfLevels: Readonly<Record<keyof Levels, readonly [name: string, help: string]>> = {
  openConnections: ["connections_open", "Open WebSocket connections."],
  unauthenticatedConnections: ["connections_unauthenticated", "Open connections without a connect that succeeded."],
  channels: ["channels", "Channels that have a member here."],
  outboundBytes: ["outbound_bytes", "Bytes of messages not sent yet."],
  incompleteBytes: ["incomplete_bytes", "Bytes held of messages whose end has not come."],
  forgottenSubjects: ["signal_subjects_forgotten", "Subjects of signals forgotten for want of room."],
  suppressedSignals: ["signals_suppressed", "Signals not raised because there were too many of their name."],
  sealedSessions: ["sealed_sessions_open", "Sealed sessions whose handshake has succeeded."],
  sealedEpochs: ["sealed_channel_epochs", "Fresh secrets drawn for sealed channels."],
  sealedSteps: ["sealed_channel_steps", "Steps of sealed channels' keys, for those who joined."],
  sealedRecords: ["sealed_channel_records", "Records sealed for channels, each once for all members."],
  sealedSkips: ["sealed_channel_skips", "Times a slow member was told that records were left out."],
  eventLoopLagSeconds: ["event_loop_lag_seconds", "Delay of the event loop, 99th percentile of the last look."],
  openDescriptors: ["descriptors_open", "File descriptors in use."],
  maxDescriptors: ["descriptors_max", "File descriptors this process may have."],
  certificateExpirySeconds: ["certificate_expiry_timestamp_seconds", "When the certificate ends, since 1970."],
};

function createGauges(registry: Registry): ReadonlyMap<keyof Levels, Gauge> {
  const names = Object.keys(helpOfLevels) as (keyof Levels)[];
  return new Map(
    names.map((level) => {
      const [name, help] = helpOfLevels[level];
      return [level, new Gauge({ name: `wardwire_${name}`, help, registers: [registry] })];
    }),
  );
}

const authenticationLabels: ReadonlySet<string> = new Set(["token-expired", "token-invalid", "unavailable"]);
const operationLabels: ReadonlySet<string> = new Set(operations);
const namedCodes: ReadonlySet<number> = new Set([1005, 1006, ...Object.values(closeCodes).map(({ code }) => code)]);

/** A client may close with any of thousands of codes. */
function closeCodeLabel(code: number): string {
  return namedCodes.has(code) ? String(code) : "other";
}
