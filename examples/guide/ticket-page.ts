import { connect, type SocketFactory } from "@wardwire/client";
import { chat } from "../chat.contract.ts";

/**
 * Connects a page whose session is a cookie. `ask` buys a ticket with it, once for each attempt to connect:
 * `() => fetch("/ws/ticket", { method: "POST" })`.
 */
export function connectByTicket(url: string, ask: () => Promise<Response>, options: { socket?: SocketFactory } = {}) {
  const ticket = async (): Promise<string> => {
    const response = await ask();
    if (!response.ok) throw new Error(`no ticket (${response.status}): sign in first`);
    return (await response.json()).ticket;
  };
  return connect(url, { contract: chat, ticket, ...options });
}
