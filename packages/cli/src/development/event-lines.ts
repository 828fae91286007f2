import type { GatewayEvent } from "@wardwire/gateway/events";
import { type Output, printable, type Style } from "../output.ts";

/** One short line for people about what happened at the gateway; nothing for what they need not know. */
export function eventLine(event: GatewayEvent, output: Output): string | undefined {
  const told = tell(event);
  return told && `${output.style(told.style, told.word.padEnd(14))}${printable(told.rest)}`;
}

/** The event as one JSON document, with the time; an error in it becomes its name, message and stack. */
export function eventRecord(event: GatewayEvent, nowMs: number): object {
  const at = new Date(nowMs).toISOString();
  if (event.event !== "failure") return { ...event, at };
  const { error } = event;
  const shown =
    error instanceof Error ? { name: error.name, message: error.message, stack: error.stack } : String(error);
  return { ...event, at, error: shown };
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
    case "failure":
      return { style: "red", word: "failure", rest: `${event.where}: ${String(event.error)}` };
    default:
      return event satisfies never;
  }
}
