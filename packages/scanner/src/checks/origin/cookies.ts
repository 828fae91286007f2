import { type Check, defineCheck } from "../../check.ts";
import { valuesOf } from "../../raw/http.ts";
import { fetchPage } from "../../subject.ts";

export const cookies: Check = defineCheck({
  id: "WW-ORIGIN-08",
  title: "Cookies are kept from other sites",
  severity: "medium",
  requirements: ["R41", "ASVS 3.3.1", "ASVS 3.3.2", "ASVS 3.3.4", "CWE-614", "CWE-1004", "CWE-1275", "WSTG-SESS-02"],
  why: "A session cookie that goes along from other sites turns a missed origin check into a takeover.",
  mend: {
    advice: "Set session cookies as __Host-…; Secure; HttpOnly; SameSite=Lax or Strict; Path=/.",
    ws: '"Set-Cookie": "__Host-session=…; Path=/; Secure; HttpOnly; SameSite=Lax"',
    socketio: 'cookie: { name: "__Host-io", httpOnly: true, secure: true, sameSite: "lax", path: "/" }',
    nginx: "proxy_cookie_flags ~ secure httponly samesite=lax;",
    wardwire: "sets no cookies; tickets carry a session over (POST /ws/ticket)",
  },
  needs: ["http"],
  probe: async (subject) => {
    const page = await fetchPage(subject, subject.endpoint.target.path);
    const headers = [...(subject.recognised?.answer.headers ?? []), ...page.answer.headers];
    return valuesOf(headers, "set-cookie");
  },
  judge: (lines) => {
    const sent = "an opening handshake, and the same path as a page";
    if (lines.length === 0) return { status: "pass", sent, evidence: "no cookie is set" };
    const faulty = lines.map(cookieFaults).filter(({ faults }) => faults.length > 0);
    if (faulty.length === 0) return { status: "pass", sent, evidence: `${lines.length} cookies, all guarded` };
    const evidence = faulty.map(({ name, faults }) => `${name}: ${faults.join(", ")}`).join("; ");
    return { status: "fail", sent, evidence };
  },
});

/** What a Set-Cookie line lacks; its value is not shown. */
function cookieFaults(line: string): { readonly name: string; readonly faults: readonly string[] } {
  const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
  const has = (pattern: RegExp): boolean => attributes.some((attribute) => pattern.test(attribute));
  const faults = [
    ...(has(/^secure$/i) ? [] : ["no Secure"]),
    ...(has(/^httponly$/i) ? [] : ["no HttpOnly"]),
    ...(has(/^samesite=(lax|strict)$/i) ? [] : ["no SameSite=Lax or Strict"]),
  ];
  return { name: pair.split("=", 1)[0] ?? "", faults };
}
