import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";

const title = "wardwire is running";

const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title><meta name="viewport" content="width=device-width"></head>
<body>
<h1>${title}</h1>
<p>This is a development gateway. Its socket is at <code>/ws</code>.</p>
<p>In a terminal: <code>npx wardwire token --user alice</code> prints a token, and
<code>npx wardwire connect --help</code> shows how to use it.</p>
</body>
</html>
`;

/**
 * The ordinary HTTP side of a development gateway: a page at `/`, and nothing else. Requests for another host than its
 * own are refused, so that a stranger's name that resolves to loopback reaches nothing (R15).
 *
 * @param origins the origins the gateway is reached under, such as `https://localhost:8443`.
 */
export function developmentPage(origins: readonly string[]): (request: Request) => Response | Promise<Response> {
  const hosts = new Set(origins.map((origin) => new URL(origin).host));
  const app = new Hono();
  app.use(pageHeaders);
  app.use(async (context, next) => {
    const { host } = new URL(context.req.url);
    return hosts.has(host) ? next() : context.text("Misdirected request: this gateway has another name.\n", 421);
  });
  app.get("/", (context) => context.html(html));
  app.all("/", (context) => context.text("Method not allowed.\n", 405, { Allow: "GET, HEAD" }));
  app.notFound((context) => context.text("Not found.\n", 404));
  return (request) => app.fetch(request);
}

/** A page that loads nothing, runs nothing, and that nobody frames (R61). */
const pageHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
    requireTrustedTypesFor: ["'script'"],
    trustedTypes: ["'none'"],
  },
  crossOriginOpenerPolicy: "same-origin",
  crossOriginResourcePolicy: "same-origin",
  // An hour: browsers apply it to every port of localhost, where other projects may serve plain HTTP.
  strictTransportSecurity: "max-age=3600",
  referrerPolicy: "no-referrer",
  xContentTypeOptions: true,
  xFrameOptions: "DENY",
  permissionsPolicy: { camera: [], geolocation: [], microphone: [], payment: [], usb: [] },
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
});
