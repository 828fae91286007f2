import type { MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";

/**
 * The headers of everything a development gateway serves, refusals too (R61): nothing but the page's own script, style
 * and images, connections only to the gateway itself, no markup made from text (Trusted Types), nobody frames it.
 *
 * @param origins the origins the gateway is reached under, such as `https://localhost:8443`.
 */
export function securityHeaders(origins: readonly string[]): MiddlewareHandler {
  const sockets = origins.map((origin) => origin.replace(/^https:/, "wss:")).filter(fitsPolicy);
  const elsewhere = headersWith(sockets, `max-age=${twoYearsSeconds}`);
  const onLoopback = headersWith(sockets, `max-age=${hourSeconds}`);
  return (context, next) => {
    const { hostname } = new URL(context.req.url);
    return (loopbackNames.includes(hostname) ? onLoopback : elsewhere)(context, next);
  };
}

/** Source expressions have no form for IPv6 addresses; there `'self'` has to do, which covers the socket too (CSP 3). */
function fitsPolicy(socket: string): boolean {
  return !socket.includes("[");
}

const twoYearsSeconds = 63_072_000;
/** Browsers apply HSTS to every port of localhost, where other projects may serve plain HTTP. */
const hourSeconds = 3_600;
const loopbackNames: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

function headersWith(sockets: readonly string[], strictTransportSecurity: string): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      connectSrc: ["'self'", ...sockets],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
      requireTrustedTypesFor: ["'script'"],
      trustedTypes: ["'none'"],
    },
    strictTransportSecurity,
    crossOriginEmbedderPolicy: "require-corp",
    crossOriginOpenerPolicy: "same-origin",
    crossOriginResourcePolicy: "same-origin",
    referrerPolicy: "no-referrer",
    xContentTypeOptions: true,
    xFrameOptions: "DENY",
    permissionsPolicy: {
      accelerometer: [],
      autoplay: [],
      camera: [],
      displayCapture: [],
      encryptedMedia: [],
      fullscreen: [],
      geolocation: [],
      gyroscope: [],
      hid: [],
      idleDetection: [],
      localFonts: [],
      magnetometer: [],
      microphone: [],
      midi: [],
      payment: [],
      pictureInPicture: [],
      publickeyCredentialsGet: [],
      screenWakeLock: [],
      serial: [],
      storageAccess: [],
      usb: [],
      xrSpatialTracking: [],
    },
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
}
