import type { RawClient } from "../../../../packages/gateway/test/host/raw-client.ts";
import { type AttackKind, expectClose, expectStatus } from "../attacker.ts";

/** The record header and the first bytes of a ClientHello of 512 bytes. */
const helloBegun = Buffer.from("1603010200010001fc0303", "hex");

/** Who takes its time, and the gateway's places with it. */
export const slowKinds: readonly AttackKind[] = [
  { name: "sockets that never authenticate", attacks: [async (attacker) => expectClose(await attacker.open(), 4408)] },
  {
    name: "headers that never end",
    attacks: [
      async (attacker) => {
        const client = await attacker.secure();
        client.write("GET /ws HTTP/1.1\r\nHost: localhost\r\n");
        trickle(client, "X-Slow: 1\r\n");
        await expectStatus(client, 408);
      },
    ],
  },
  {
    name: "TLS handshakes that never end",
    attacks: [
      async (attacker) => {
        const client = await attacker.plain();
        client.write(helloBegun);
        await client.closed;
      },
      async (attacker) => {
        const client = await attacker.plain();
        client.write(helloBegun);
        trickle(client, "\0");
        await client.closed;
      },
    ],
  },
];

const trickleMs = 500;

/** Sends a piece now and then, so that the connection never is idle. */
function trickle(client: RawClient, piece: string): void {
  const timer = setInterval(() => {
    if (client.socket.writable) client.write(piece);
  }, trickleMs);
  void client.closed.then(() => clearInterval(timer));
}
