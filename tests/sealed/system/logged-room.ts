import { allow, createGateway } from "@wardwire/gateway";
import type { GatewayLimits } from "@wardwire/gateway/options";
import { contract, logContract } from "../../faults/system/application.ts";
import { LoggedClient } from "../../faults/system/logged-client.ts";
import { SealedSystem } from "./sealed-system.ts";

/** The contract of the fault tests, all of it sealed. */
const sealed = logContract("sealed");

/** A system whose application is that of the fault tests, so that their checker can judge what becomes of its messages. */
export type LoggedSystem = SealedSystem<typeof contract>;

/**
 * Between two beats: what is withheld is noticed within two of them. Longer than it may take to authenticate, since nobody
 * is to be asked for a sign of life before.
 */
export const heartbeatMs = 2_500;

const shortSilence: Partial<GatewayLimits> = { heartbeatMs, authenticationTimeoutMs: 2_000, closeTimeoutMs: 500 };

/** Starts one; `limits` are laid over those that make silence short. */
export function startLoggedSystem(limits: Partial<GatewayLimits> = {}): Promise<LoggedSystem> {
  return start(sealed, "sealed", limits);
}

/** Starts one without sealing, for negative controls. */
export function startUnsealedSystem(): Promise<LoggedSystem> {
  return start(contract, "transport", {});
}

/** A client that comes back as soon as it may, and gives up on what is silent about as soon. */
export function joinLogged(system: LoggedSystem, name: string, room: string): Promise<LoggedClient> {
  return LoggedClient.join(
    system,
    name,
    { channel: "log", id: room },
    { contract: sealed, serverKey: system.serverKey, random: () => 0, limits: { connectTimeoutMs: 5_000 } },
  );
}

function start(
  spoken: typeof contract,
  protection: "sealed" | "transport",
  limits: Partial<GatewayLimits>,
): Promise<LoggedSystem> {
  return SealedSystem.start(
    (shared) => createGateway({ ...shared, contract: spoken, authorize: () => allow(), commands: {} }),
    { protection, limits: { ...shortSilence, ...limits } },
  );
}
