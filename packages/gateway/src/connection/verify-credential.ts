import {
  type AuthenticateContext,
  type Authenticated,
  type AuthenticateResult,
  type Credential,
  createIdentity,
  type Identity,
  type NotAuthenticated,
} from "../auth/identity.ts";
import { bindingFault, noProof, type PresentedProof } from "../auth/token-binding.ts";
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
 * bounds, one that has expired, one whose device key is not proved (AU-2). A throw is `unavailable`: the same credential
 * may pass later. Never rejects.
 *
 * @param presented what came with the credential on a sealed connection; nothing elsewhere.
 */
export async function verifyCredential(
  core: Core,
  credential: Credential,
  context: AuthenticateContext,
  presented: PresentedProof = noProof,
): Promise<VerifyResult> {
  const answer = await ask(core, credential, context);
  const result = answer.ok ? await checkBinding(core, answer.identity, credential, presented) : answer;
  if (!result.ok) return reportRefusal(core, result, context.remoteAddress);
  return { ...result, credential: core.credentialId(result.identity, credential) };
}

/** Whether a credential that is good otherwise is shown by the device its identity names, as an answer like any other. */
export async function checkBinding(
  core: Core,
  identity: Identity,
  credential: Credential,
  presented: PresentedProof,
): Promise<AuthenticateResult> {
  const detail = await bindingFault(identity, credential, presented, core.tokenBinding);
  return detail === undefined ? { ok: true, identity } : { ok: false, code: "token-invalid", detail };
}

/** Charges a refusal to the address it came from, and reports it. */
export function reportRefusal(core: Core, refusal: NotAuthenticated, address: string): NotAuthenticated {
  const { code, detail } = refusal;
  // An expired token was a good one: whoever guesses does not come by one.
  if (code === "token-invalid") core.budgets.authenticationFailed(address);
  core.observe({ event: "authentication-failed", code, detail, address });
  return refusal;
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
