import type { Pin } from "@wardwire/crypto/keys/pin";
import { CliError } from "../cli-error.ts";
import type { BuiltPage } from "./built-page.ts";

/** Where `index.html` leaves room for the pins. */
const place = '<meta name="wardwire-server-key" content="" />';

/**
 * The page with the pins of the server's keys in it, by which its script seals its connection.
 *
 * @param pins the current identity's, then the next one's, where there is one.
 * @throws CliError `configuration` for a page that has no place for them: it would connect without a seal.
 */
export function withPins(page: BuiltPage, pins: readonly Pin[]): BuiltPage {
  const document = page.get("/");
  const html = Buffer.from(document?.bytes ?? []).toString("utf8");
  if (document === undefined || !html.includes(place)) {
    throw new CliError("configuration", "the chat page has no place for server keys: delete it, and it is built anew");
  }
  const bytes = new TextEncoder().encode(html.replace(place, place.replace('""', `"${pins.join(" ")}"`)));
  const headers = { ...document.headers, "Content-Length": String(bytes.byteLength) };
  return new Map(page).set("/", { bytes, headers });
}
