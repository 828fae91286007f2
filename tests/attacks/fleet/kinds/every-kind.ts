import type { AttackKind } from "../attacker.ts";
import { frameKinds } from "./frames.ts";
import { handshakeKinds } from "./handshakes.ts";
import { memberKinds } from "./members.ts";
import { slowKinds } from "./slow.ts";
import { tokenKinds } from "./tokens.ts";

/** All kinds of attack the fleet knows. */
export const everyKind: readonly AttackKind[] = [
  ...handshakeKinds,
  ...tokenKinds,
  ...slowKinds,
  ...frameKinds,
  ...memberKinds,
];
