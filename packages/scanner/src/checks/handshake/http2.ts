import { type Check, defineCheck } from "../../check.ts";
import { enableConnectProtocol, exchangeSettings } from "../../raw/http2.ts";
import { failureOf } from "../../raw/probe-failure.ts";
import type { Subject } from "../../subject.ts";
import { handshakeMend } from "./handshake-mend.ts";

export const http2: Check = defineCheck({
  id: "WW-HANDSHAKE-11",
  title: "Whether WebSockets open over HTTP/2",
  severity: "info",
  requirements: ["R19", "RFC 8441 3"],
  why: "HTTP/2 is a second way in: origin, credentials and limits must hold there as well.",
  mend: handshakeMend("Send SETTINGS_ENABLE_CONNECT_PROTOCOL only if the same checks guard both ways."),
  needs: ["tls"],
  probe: readSettings,
  judge: (settings) => {
    const sent = "ALPN h2, the preface and empty SETTINGS";
    if (settings === undefined) return { status: "pass", sent, evidence: "HTTP/2 is not spoken" };
    const isEnabled = settings.get(enableConnectProtocol) === 1;
    const evidence = `HTTP/2 is spoken, extended CONNECT is ${isEnabled ? "on" : "off"}`;
    return { status: isEnabled ? "info" : "pass", sent, evidence };
  },
});

/** The server's first SETTINGS; undefined when it does not choose h2. Once for each endpoint. @throws ProbeFailure */
export function readSettings({ endpoint }: Subject): Promise<ReadonlyMap<number, number> | undefined> {
  return endpoint.recall("http2 settings", async () => {
    try {
      using stream = await endpoint.tls({ ALPNProtocols: ["h2"] });
      if (stream.socket.alpnProtocol !== "h2") return undefined;
      return await exchangeSettings(stream, endpoint.timeoutMs);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === "aborted") throw failure;
      return undefined;
    }
  });
}
