import {
  clientFrame,
  handshake,
  handshakeHeaders,
  opcodes,
} from "../../../../packages/gateway/test/host/raw-client.ts";
import {
  type Attack,
  type Attacker,
  type AttackKind,
  connectFrame,
  expectClose,
  expectStatus,
  goodHandshake,
} from "../attacker.ts";
import type { FleetTokens } from "../gateway-process.ts";

/** Who has no good token. */
export const tokenKinds: readonly AttackKind[] = [
  {
    name: "no token, or a bad one",
    attacks: [
      presenting(4402, () => connectFrame()),
      presenting(4402, () => connectFrame("e30.e30.garbage")),
      presenting(4401, ({ expired }) => connectFrame(expired)),
      presenting(4402, ({ unsigned }) => connectFrame(unsigned)),
      presenting(4400, () => clientFrame({ opcode: opcodes.text, payload: '{"type":"leave","id":1,"channel":1}' })),
      badAuthorization,
    ],
  },
  { name: "guesses from one address", source: "127.0.1.1", attacks: [guess] },
];

function presenting(code: number, frame: (tokens: FleetTokens) => Buffer): Attack {
  return async (attacker) => {
    const client = await attacker.open();
    client.write(frame(attacker.arsenal.tokens));
    await expectClose(client, code);
  };
}

async function badAuthorization(attacker: Attacker): Promise<void> {
  const client = await attacker.secure();
  client.write(handshake([...handshakeHeaders, "Authorization: Bearer e30.e30.garbage"]));
  await expectStatus(client, 401);
}

/** Refused for its token some fifty times, from then on for its address, whatever the token: 429, or 1013 once open. */
async function guess(attacker: Attacker): Promise<void> {
  const client = await attacker.secure();
  client.write(goodHandshake);
  const { status } = await client.readResponse();
  if (status === 429) return;
  client.write(connectFrame("e30.e30.guess"));
  await expectClose(client, 4402, 1013);
}
