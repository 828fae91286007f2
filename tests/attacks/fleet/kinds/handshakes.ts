import { handshake, handshakeHeaders } from "../../../../packages/gateway/test/host/raw-client.ts";
import { type Attack, type AttackKind, expectStatus, pageHeaders } from "../attacker.ts";

const manyHeaders = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `X-${index}: 1`);
const hundredHeaders = handshake([...pageHeaders, ...manyHeaders(100 - pageHeaders.length)]);

/** Opening handshakes the gateway refuses, or is to be worn out by. */
export const handshakeKinds: readonly AttackKind[] = [
  {
    name: "refused origins",
    attacks: [
      refused(403, handshake([...handshakeHeaders, "Origin: https://evil.example"])),
      refused(403, handshake([...handshakeHeaders, "Origin: null"])),
      refused(403, handshake()),
    ],
  },
  {
    name: "games with path and Host",
    attacks: [
      refused(404, handshake(pageHeaders, "GET /ws/../admin HTTP/1.1")),
      refused(400, handshake(pageHeaders, "GET /ws?access_token=x HTTP/1.1")),
      refused(400, handshake(pageHeaders, "GET https://evil.example/ws HTTP/1.1")),
      refused(400, handshake([...pageHeaders, "Host: evil.example"])),
    ],
  },
  {
    name: "full TLS handshakes, 100 headers and more",
    attacks: [
      async (attacker) => {
        const client = await attacker.secure("full");
        client.write(hundredHeaders);
        await expectStatus(client, 101);
      },
      refused(431, handshake([...pageHeaders, ...manyHeaders(101 - pageHeaders.length)]), "full"),
      refused(431, handshake([...pageHeaders, `Cookie: ${"x".repeat(20_480)}`]), "full"),
    ],
  },
];

function refused(status: number, request: string, tls?: "full"): Attack {
  return async (attacker) => {
    const client = await attacker.secure(tls);
    client.write(request);
    await expectStatus(client, status);
  };
}
