import { type Check, defineCheck } from "../../check.ts";
import { opcodes } from "../../raw/frame.ts";
import { ProbeFailure } from "../../raw/probe-failure.ts";
import { describeNext, type Next } from "../../raw/websocket.ts";
import { openAs, type Subject } from "../../subject.ts";
import { messageSizeMend } from "./limits-mend.ts";

const kib = 1_024;
const mib = 1_024 * kib;
const sizes: readonly (readonly [name: string, bytes: number])[] = [
  ["64 KiB + 1", 64 * kib + 1],
  ["1 MiB + 1", mib + 1],
  ["16 MiB + 1", 16 * mib + 1],
  ["1 GiB", 1_024 * mib],
];

export const messageSize: Check = defineCheck({
  id: "WW-LIMIT-01",
  title: "A message that claims too much is refused at once",
  severity: "high",
  requirements: ["R25", "ASVS 4.2.5", "RFC 6455 10.4", "CWE-770", "WSTG-CLNT-10"],
  why: "Whoever may send messages of any size fills the server's memory; refusing by the length in the header costs nothing.",
  mend: messageSizeMend,
  needs: ["websocket"],
  probe: (subject) => Promise.all(sizes.map((size) => claim(subject, size))),
  judge: (claims) => {
    const sent = `text frames that claim ${claims.map(({ name }) => name).join(", ")}, without their payload`;
    const evidence = claims.map(({ name, next }) => `${name}: ${describeNext(next)}`).join("; ");
    const largest = claims.findLast(({ next }) => next.kind === "silence");
    if (largest === undefined) return { status: "pass", sent, evidence };
    if (largest.bytes <= mib + 1) return { status: largest.bytes <= mib ? "pass" : "info", sent, evidence };
    return { status: "fail", severity: largest.bytes > 16 * mib + 1 ? "high" : "medium", sent, evidence };
  },
});

interface Claim {
  readonly name: string;
  readonly bytes: number;
  readonly next: Next;
}

/** Sends only a frame's header. Silence means that the server waits for the rest. */
async function claim(subject: Subject, [name, bytes]: (typeof sizes)[number]): Promise<Claim> {
  using opened = await openAs(subject);
  const { socket } = opened;
  if (socket === undefined) throw new ProbeFailure("refused", `the opening handshake was refused: ${opened.fault}`);
  socket.send({ opcode: opcodes.text, declaredLength: BigInt(bytes) });
  const withinMs = Math.min(subject.endpoint.timeoutMs, 1_000);
  return { name, bytes, next: await socket.find(({ opcode }) => opcode === opcodes.close, withinMs) };
}
