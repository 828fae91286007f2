import { type Check, defineCheck } from "../../check.ts";
import type { Opened } from "../../endpoint.ts";
import { addressOf } from "../../raw/dial.ts";
import { headerOf } from "../../raw/http.ts";
import { failureOf } from "../../raw/probe-failure.ts";
import { openPlain, type Subject } from "../../subject.ts";

export const plaintextDowngrade: Check = defineCheck({
  id: "WW-TRANSPORT-01",
  title: "No WebSocket opens without TLS",
  severity: "critical",
  requirements: ["R1", "ASVS 4.4.1", "ASVS 12.2.1", "RFC 6455 10.6", "CWE-319", "CWE-757"],
  why: "Whoever can make a client try ws:// once reads the connection and the credentials in its handshake.",
  mend: {
    advice: "Listen with TLS only; answer plain HTTP upgrades with 426, or do not listen.",
    ws: "new WebSocketServer({ server: httpsServer }); // no http.Server",
    socketio: "new Server(httpsServer); // no http.Server",
    nginx: "server { listen 80; location /ws { return 426; } }",
    wardwire: "refuses ws:// by itself",
  },
  needs: ["tls"],
  probe: (subject) => Promise.all(plainPorts(subject).map((port) => tryPlain(subject, port))),
  judge: (attempts) => {
    const sent = `opening handshakes in plaintext to port ${attempts.map(({ port }) => port).join(" and ")}`;
    const evidence = attempts.map(({ port, outcome }) => `${port}: ${outcome}`).join("; ");
    if (attempts.some(({ isOpen }) => isOpen)) return { status: "fail", sent, evidence };
    const redirected = attempts.some(({ isRedirected }) => isRedirected);
    // The handshake that is redirected has carried its cookies in the clear already (ASVS 4.1.2).
    if (redirected) return { status: "warn", severity: "low", sent, evidence };
    return { status: "pass", sent, evidence };
  },
});

interface Attempt {
  readonly port: number;
  readonly outcome: string;
  readonly isOpen: boolean;
  readonly isRedirected: boolean;
}

/** The target's own port, and that of ws:// where the target has that of wss://. */
function plainPorts({ endpoint }: Subject): number[] {
  const { port } = addressOf({ target: endpoint.target, ...endpoint.settings });
  return port === 443 ? [443, 80] : [port];
}

async function tryPlain(subject: Subject, port: number): Promise<Attempt> {
  try {
    using opened: Opened = await openPlain(subject, port);
    const location = headerOf(opened.answer, "location");
    const isRedirected = opened.answer.status >= 300 && opened.answer.status < 400;
    const outcome = `status ${opened.answer.status}${location === undefined ? "" : ` to ${location}`}`;
    return { port, outcome, isOpen: opened.fault === undefined, isRedirected };
  } catch (error) {
    return { port, outcome: failureOf(error).message, isOpen: false, isRedirected: false };
  }
}
