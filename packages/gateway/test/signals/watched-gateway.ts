import type { SignalEvent, SignalThresholds } from "../../src/signals/signal.ts";
import { GatewayOnPaper, PaperSocket } from "../gateway-on-paper.ts";

/** A gateway on paper that only looks at signals, with people who come from wherever they like. */
export class WatchedGateway {
  readonly gateway: GatewayOnPaper;

  constructor(signals: Partial<SignalThresholds> = {}, changes: ConstructorParameters<typeof GatewayOnPaper>[0] = {}) {
    this.gateway = new GatewayOnPaper({ signals, ...changes });
  }

  /** The signals raised so far. */
  get signals(): readonly SignalEvent[] {
    return this.gateway.events.filter((event): event is SignalEvent => event.event === "signal");
  }

  /** Each as `name per subject`, or `name` where it is about the whole gateway. */
  get raised(): readonly string[] {
    return this.signals.map(({ signal, per, subject }) => (per === undefined ? signal : `${signal} ${per} ${subject}`));
  }

  /** An open socket from an address. */
  async open(address: string): Promise<PaperSocket> {
    const answer = await this.gateway.upgrade({}, "/ws", address);
    if (!answer.accepted) throw new Error(`refused with ${answer.status}: ${answer.body}`);
    const socket = new PaperSocket();
    socket.events = answer.open(socket);
    return socket;
  }

  /** A connection from an address whose `connect` has been answered, well or badly. */
  async connect(token: string, address: string): Promise<PaperSocket> {
    const socket = await this.open(address);
    socket.send({ type: "connect", id: 1, token });
    await Promise.race([socket.next("connected"), socket.closed()]).catch(() => undefined);
    return socket;
  }
}
