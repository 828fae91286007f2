import { STATUS_CODES, validateHeaderName, validateHeaderValue } from "node:http";
import type { Duplex } from "node:stream";
import type { UpgradeRefused } from "../socket-host.ts";

/**
 * Answers with an HTTP response and closes the connection (R20). What the peer still sends is read and thrown away for
 * a moment, since closing on unread bytes would reset the connection and lose the answer; nothing parses it.
 * @param headers what the listener puts on every answer
 * @throws TypeError when a header of `refusal` is not one HTTP can carry; nothing has been sent then
 */
export function sendRefusal(socket: Duplex, refusal: UpgradeRefused, headers: UpgradeRefused["headers"]): void {
  const response = formatRefusal({ ...refusal, headers: { ...headers, ...refusal.headers } });
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const linger = setTimeout(() => socket.destroy(), lingerMs);
  socket.once("close", () => clearTimeout(linger));
  socket.end(response);
  socket.resume();
}

const lingerMs = 1_000;

function formatRefusal({ status, headers, body }: UpgradeRefused): string {
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Refused"}`,
    // RFC 9110 §7.8: who sends Upgrade names it in Connection.
    `Connection: ${"Upgrade" in headers ? "close, Upgrade" : "close"}`,
    `Date: ${new Date().toUTCString()}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}
