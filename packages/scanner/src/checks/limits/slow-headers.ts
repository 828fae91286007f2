import { type Check, defineCheck } from "../../check.ts";
import type { Subject } from "../../subject.ts";
import { headMend } from "./limits-mend.ts";

/** Within these a server must have had enough; Node's own default is a minute. */
const patienceMs = 20_000;
const dripMs = 500;

export const slowHeaders: Check = defineCheck({
  id: "WW-LIMIT-09",
  title: "A handshake whose headers only trickle is cut off",
  severity: "medium",
  requirements: ["R18", "ASVS 4.2.5", "ASVS 15.2.2", "CWE-400"],
  why: "A thousand handshakes that never end cost the attacker nothing and the server all its connections (Slowloris).",
  mend: headMend,
  mode: "active",
  needs: ["http"],
  probe: trickle,
  judge: ({ cutOff, afterMs }) => {
    const seconds = (afterMs / 1_000).toFixed(1);
    const sent = `a head at one header in ${dripMs} ms`;
    return cutOff
      ? { status: "pass", sent, evidence: `cut off after ${seconds} s` }
      : { status: "fail", sent, evidence: `still waited for after ${seconds} s` };
  },
});

async function trickle({ endpoint }: Subject): Promise<{ readonly cutOff: boolean; readonly afterMs: number }> {
  using stream = await endpoint.connect();
  const began = performance.now();
  const afterMs = (): number => performance.now() - began;
  stream.write(`GET ${endpoint.target.path} HTTP/1.1\r\nHost: ${endpoint.target.authority}\r\n`);
  while (afterMs() < patienceMs) {
    // Any answer before the head is whole is a refusal.
    const answered = await stream.until((unread) => unread.length > 0, dripMs);
    if (answered || stream.end !== undefined) return { cutOff: true, afterMs: afterMs() };
    stream.write("X-Wardwire-Check: slow\r\n");
  }
  return { cutOff: false, afterMs: afterMs() };
}
