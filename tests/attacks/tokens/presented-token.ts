import { handshake, handshakeHeaders, RawClient } from "../../../packages/gateway/test/host/raw-client.ts";
import { FrameSession } from "../fixtures/frame-session.ts";

/** So many failures of one address that a matrix of bad tokens is never turned away for its number. */
export const manyFailures = { failedAuthenticationBurstPerIp: 10_000, messageBurst: 10_000, errorBudget: 10_000 };

/** Brings a token in the first frame: `connected`, or the close code. */
export async function inFrame(port: number, token: string | undefined): Promise<"connected" | number> {
  await using session = await FrameSession.open(port);
  const { frames, closed } = await session.exchange({ type: "connect", id: 1, token });
  return frames.some(({ type }) => type === "connected") ? "connected" : (closed ?? 0);
}

/** Brings a token in the opening handshake: the HTTP status. */
export async function inHandshake(port: number, token: string): Promise<number> {
  await using client = await RawClient.connect(port);
  client.write(handshake([...handshakeHeaders, `Authorization: Bearer ${token}`]));
  return (await client.readResponse()).status;
}
