import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { noblePrimitives } from "@wardwire/crypto/primitives/noble";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { createWebPrimitives } from "@wardwire/crypto/primitives/web";
import { cborCodec } from "@wardwire/wire/cbor";
import { decodeGatewayMessage } from "@wardwire/wire/decode";
import type { ClientFrame, GatewayFrame } from "@wardwire/wire/frames";
import { clientDecodeLimits } from "@wardwire/wire/limits";
import { SealedSocket } from "../../src/sealed/sealed-socket.ts";
import { TrustedBundles } from "../../src/sealed/trusted-bundles.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { pins, ServerKeys } from "./support/server-keys.ts";
import { StandInGateway } from "./support/stand-in-gateway.ts";
import { until } from "./support/start-sealed.ts";
import { Wires } from "./support/wire.ts";

const origin = "https://chat.example";

const backends = {
  "Node's cryptography, which answers at once": nodePrimitives,
  "WebCrypto, which answers later": await createWebPrimitives(),
  "JavaScript alone": noblePrimitives,
};

for (const [what, primitives] of Object.entries(backends)) {
  describe(`with ${what}`, () => {
    test("200 frames and 200 channel records each way come in the order they were sent in", async (t) => {
      const clock = new VirtualClock(1_795_262_400_000);
      const keys = new ServerKeys(() => clock.now());
      await keys.publish();
      const gateway = new StandInGateway(keys, clock);
      const wires = new Wires(gateway.serve, () => keys.served);
      const { fetchBytes } = wires;
      const trust = { primitives, origin, pins: [pins.current], fetchBytes, store: undefined, clock, timeoutMs: 9_000 };
      const received: GatewayFrame[] = [];
      const socket: SealedSocket = new SealedSocket(
        {
          ...{ primitives, clock, origin, path: "/ws", contract: undefined, deviceKey: undefined },
          ...{
            bundles: new TrustedBundles(trust),
            sockets: wires,
            maxMessageBytes: 4_194_304,
            onKeys: () => undefined,
          },
        },
        {
          ...{ url: "wss://chat.example/ws", protocols: ["wardwire.v1.cbor"], authorization: undefined },
          ...{ maxMessageBytes: 4_194_304, handshakeTimeoutMs: 9_000 },
        },
        {
          onOpen: () => send({ type: "connect", id: 1, token: "t" }),
          onMessage: (message) => {
            for (const decoded of decodeGatewayMessage(cborCodec, message, clientDecodeLimits)) {
              assert.ok(decoded.ok && socket.admits(decoded.frame));
              received.push(decoded.frame);
            }
          },
          onClose: () => undefined,
        },
      );
      t.after(() => socket.terminate());
      const send = (frame: ClientFrame): void => socket.send(cborCodec.encode(frame));
      await until(() => received.length === 1);
      send({ type: "join", id: 2, channel: "room", params: null });
      await until(() => received.length === 2);

      for (let id = 0; id < 200; id += 1) send({ type: "call", id: 10 + id, command: "echo", input: id });
      for (let sent = 0; sent < 200; sent += 1) gateway.publish(sent);
      await until(() => received.length === 402);

      const outputs = received.flatMap((frame) => (frame.type === "result" ? [frame.output] : []));
      const messages = received.flatMap((frame) => (frame.type === "message" ? [frame.data] : []));
      const expected = Array.from({ length: 200 }, (_, index) => index);
      assert.deepEqual(outputs, expected);
      assert.deepEqual(messages, expected);
      assert.equal(socket.bufferedAmount, 0);
    });
  });
}
