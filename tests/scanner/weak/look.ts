import { type ScanReport, scan } from "@wardwire/scanner";
import { certify } from "../../../packages/scanner/test/certificate.ts";
import type { Fault } from "./faults.ts";
import { allowedOrigin, host } from "./handshake.ts";
import { issueToken } from "./tokens.ts";
import { weakServer } from "./weak-server.ts";

const sound = await certify({ dnsNames: [host] });

/** Scans a server that has this fault, as somebody with a token unless the fault says otherwise. */
export async function look(fault: Omit<Fault, "name" | "fires">): Promise<ScanReport> {
  const certified = fault.certified ?? sound;
  await using server = await weakServer(certified, fault.habits);
  const { token = issueToken(), ...options } = fault.options ?? {};
  const scheme = fault.habits?.transport === "plain" ? "ws" : "wss";
  return await scan(`${scheme}://${host}${fault.path ?? "/ws"}`, {
    origin: allowedOrigin,
    connectTo: { host: "127.0.0.1", port: server.port },
    ca: certified.cert,
    connectionsPerSecond: 1_000,
    ...(token !== "" && { token }),
    ...options,
  });
}
