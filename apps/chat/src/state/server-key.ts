import type { ConnectionOptions } from "@wardwire/client";

/**
 * The pins that the server has written into its page: the current one, or the current and the next. `undefined` when it
 * has written none; connections are not sealed then. The client refuses what is no pin.
 */
export function serverKeyIn(page: Pick<Document, "querySelector">): ConnectionOptions["serverKey"] {
  const content = page.querySelector<HTMLMetaElement>('meta[name="wardwire-server-key"]')?.content ?? "";
  if (content === "") return undefined;
  const at = content.indexOf(" ");
  return at < 0 ? content : [content.slice(0, at), content.slice(at + 1)];
}
