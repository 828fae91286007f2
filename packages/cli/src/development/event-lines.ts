import type { GatewayEvent } from "@wardwire/gateway/events";
import { logLine } from "@wardwire/gateway/log";
import { type Output, printable, type Style } from "../output.ts";

/** One short line for people about what happened at the gateway; nothing for what they need not know. */
export function eventLine(event: GatewayEvent, output: Output): string | undefined {
  const told = tell(event);
  return told && `${output.style(told.style, told.word.padEnd(14))}${printable(told.rest)}`;
}

/** The event as one JSON document, with the time and what the gateway's own log says of it. */
export function eventRecord(event: GatewayEvent, nowMs: number): object {
  return { ...logLine(event), at: new Date(nowMs).toISOString() };
}

interface Told {
  readonly style: Style;
  readonly word: string;
  readonly rest: string;
}

function tell(event: GatewayEvent): Told | undefined {
  switch (event.event) {
    case "listening":
    case "stopping":
    case "peer-problem":
    case "sealed":
    case "rekeyed":
      return undefined;
    case "connected":
      return { style: "green", word: "connected", rest: `${event.user} on ${event.device} from ${event.address}` };
    case "disconnected":
      return { style: "dim", word: "disconnected", rest: `${event.user ?? "nobody yet"} (${event.code})` };
    case "upgrade-refused":
      return { style: "yellow", word: "refused", rest: `${event.status} ${event.reason}, from ${event.address}` };
    case "authentication-failed":
      return { style: "yellow", word: "refused", rest: `${event.code}: ${event.detail}, from ${event.address}` };
    case "denied":
      return {
        style: "yellow",
        word: "denied",
        rest: `${event.user}: ${event.operation} ${event.target}, ${event.reason}`,
      };
    case "rate-limited":
      return { style: "yellow", word: "rate-limited", rest: event.address };
    case "revoked":
      return { style: "yellow", word: "revoked", rest: `${event.closed} connections closed` };
    case "revoked-token-used":
      return { style: "red", word: "revoked", rest: `used again by ${event.user}, from ${event.address}` };
    case "ticket-refused":
      return { style: "yellow", word: "refused", rest: `ticket: ${event.reason}, from ${event.address}` };
    case "decode-error":
      return { style: "yellow", word: "refused", rest: `${event.code}: a frame, from ${event.address}` };
    case "signal":
      return { style: "red", word: "signal", rest: signalLine(event) };
    case "webhook-failed":
      return { style: "red", word: "webhook", rest: `${event.signal} did not reach ${event.target}: ${event.reason}` };
    case "sealed-failed":
      return { style: "yellow", word: "refused", rest: `sealed: ${event.kind}, from ${event.address}` };
    case "server-keys":
      return { style: "dim", word: "keys", rest: event.change };
    case "failure":
      return { style: "red", word: "failure", rest: `${event.where}: ${String(event.error)}` };
    case "crash":
      return { style: "red", word: "crash", rest: `${String(event.error)}: stopping` };
    case "addresses-changed":
      return { style: "yellow", word: "addresses", rest: `other lists in force, ${event.closed} connections closed` };
    default:
      return event satisfies never;
  }
}

function signalLine({ signal, count, threshold, subject }: GatewayEvent & { readonly event: "signal" }): string {
  return `${signal}: ${count}, threshold ${threshold}${subject === undefined ? "" : `, ${subject}`}`;
}
