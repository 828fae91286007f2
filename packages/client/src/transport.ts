import type { ClientCodec } from "@wardwire/wire/codec";
import type { SocketFactory } from "./socket/socket.ts";

/** What the connections of a client run over. */
export interface Transport {
  readonly socket: SocketFactory;
  readonly codec: ClientCodec;
}
