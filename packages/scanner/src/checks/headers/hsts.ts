import { type Check, defineCheck } from "../../check.ts";
import { headerOf } from "../../raw/http.ts";
import { fetchPage } from "../../subject.ts";

const halfYearSeconds = 15_768_000;

export const hsts: Check = defineCheck({
  id: "WW-HEADER-01",
  title: "Browsers are told to use TLS only (HSTS)",
  severity: "medium",
  requirements: ["R3", "R61", "ASVS 3.4.1", "RFC 6797", "CWE-523", "WSTG-CONF-07"],
  why: "Without HSTS the first visit by http:// can be kept without TLS by whoever is on the way.",
  mend: {
    advice: "Send Strict-Transport-Security with a max-age of two years in every answer over TLS.",
    ws: 'response.setHeader("Strict-Transport-Security", "max-age=63072000; includeSubDomains");',
    socketio: 'io.engine.on("headers", (h) => { h["strict-transport-security"] = "max-age=63072000"; });',
    nginx: 'add_header Strict-Transport-Security "max-age=63072000; includeSubDomains" always;',
    wardwire: "sends it by itself",
  },
  needs: ["tls", "http"],
  probe: async (subject) => {
    const paths = [...new Set([subject.endpoint.target.path, "/"])];
    const pages = await Promise.allSettled(paths.map((path) => fetchPage(subject, path)));
    const failed = pages.find((page) => page.status === "rejected");
    const fetched = pages.filter((page) => page.status === "fulfilled").map(({ value }) => value);
    // One page will do: an application that serves only its socket may leave / unanswered.
    if (failed !== undefined && fetched.length === 0) throw failed.reason;
    return fetched.map(({ answer }) => headerOf(answer, "strict-transport-security"));
  },
  judge: (values) => {
    const sent = "GET of the socket's path and of /";
    const value = values.find((each) => each !== undefined);
    if (value === undefined) return { status: "fail", sent, evidence: "no Strict-Transport-Security" };
    const seconds = Number(/max-age="?(\d+)/i.exec(value)?.[1] ?? 0);
    const evidence = `Strict-Transport-Security: ${value}`;
    if (seconds < halfYearSeconds) return { status: "fail", severity: "low", sent, evidence };
    return { status: "pass", sent, evidence };
  },
});
