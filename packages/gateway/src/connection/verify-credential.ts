import {
  type AuthenticateContext,
  type Authenticated,
  type AuthenticateResult,
  type Credential,
  createIdentity,
  type Identity,
  type NotAuthenticated,
} from "../auth/identity.ts";
import type { Core } from "../core.ts";

/** A credential that is good. */
export interface Verified extends Authenticated {
  /** Its name in events. */
  readonly credential: string;
}

/** What {@link verifyCredential} gives. */
export type VerifyResult = Verified | NotAuthenticated;

/**
 * Asks the application's `authenticate`, and refuses whatever is no valid answer: another shape, an identity outside its
 * bounds, one that has expired. A throw is `unavailable`: the same credential may pass later. Never rejects.
 */
export async function verifyCredential(
  core: Core,
  credential: Credential,
  context: AuthenticateContext,
): Promise<VerifyResult> {
  const result = await ask(core, credential, context);
  if (!result.ok) {
    const { code, detail } = result;
    // An expired token was a good one: whoever guesses does not come by one.
    if (code === "token-invalid") core.budgets.authenticationFailed(context.remoteAddress);
    core.observe({ event: "authentication-failed", code, detail, address: context.remoteAddress });
    return result;
  }
  return { ...result, credential: core.credentialId(result.identity, credential) };
}

async function ask(core: Core, credential: Credential, context: AuthenticateContext): Promise<AuthenticateResult> {
  let answer: AuthenticateResult | undefined;
  try {
    await core.revocations.ready();
  } catch (error) {
    core.observe({ event: "failure", where: "revocations", error });
    return { ok: false, code: "unavailable", detail: "revocations cannot be read" };
  }
  try {
    answer = await core.authenticate(credential, context);
  } catch (error) {
    core.observe({ event: "failure", where: "authenticate", error });
    return { ok: false, code: "unavailable", detail: "authenticate threw" };
  }
  if (answer?.ok === false && refusals.has(answer.code)) return answer;
  return answer?.ok === true ? checkIdentity(core, answer.identity) : noAnswer;
}

const refusals: ReadonlySet<NotAuthenticated["code"]> = new Set(["token-expired", "token-invalid", "unavailable"]);

const noAnswer: AuthenticateResult = { ok: false, code: "token-invalid", detail: "authenticate gave no valid answer" };

/** An application's own authenticator is held to the same bounds as ours. */
function checkIdentity(core: Core, given: Identity): AuthenticateResult {
  try {
    const identity = createIdentity(given);
    if (identity.expiresAt > core.clock.now()) return { ok: true, identity };
    return { ok: false, code: "token-expired", detail: "expired on arrival" };
  } catch (error) {
    core.observe({ event: "failure", where: "authenticate", error });
    return noAnswer;
  }
}
