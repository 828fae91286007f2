import type { Gateway } from "@wardwire/gateway";
import type { chat } from "../chat.contract.ts";

/** Says in a room that an order has left; however often the shop calls this for one order, it is said once. */
export function announceOrder(gateway: Gateway<typeof chat>, roomId: string, orderId: string) {
  const message = { text: `Order ${orderId} is on its way` };
  return gateway.publish("room", { roomId }, message, { key: `order-${orderId}` });
}
