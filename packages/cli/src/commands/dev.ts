import type { GatewayEvent } from "@wardwire/gateway/events";
import { noteAdminUrl } from "../admin/access.ts";
import { openAdminApi } from "../admin/open-api.ts";
import { type AdminListener, type AdminSources, openAdminListener } from "../admin-listener.ts";
import { loadAudit } from "../development/audit.ts";
import { loadAuthority } from "../development/authority.ts";
import { dataFile, openDataFolder } from "../development/data-folder.ts";
import { createDemoGateway } from "../development/demo-gateway.ts";
import { eventLine, eventRecord } from "../development/event-lines.ts";
import { allowedOrigins, certificateNames, originOf } from "../development/names.ts";
import { developmentPage } from "../development/page.ts";
import { loadServerCertificate } from "../development/server-certificate.ts";
import { loadDevelopmentKeys } from "../development/server-keys.ts";
import { loadTokenKey } from "../development/token-key.ts";
import { sayWelcome } from "../development/welcome.ts";
import type { Outcome } from "../exit-codes.ts";
import { findFreePort } from "../free-port.ts";
import { gatewayFailure } from "../gateway-failure.ts";
import type { Output } from "../output.ts";
import { findPage } from "../page/find-page.ts";
import { watchForCrashes } from "../process/last-resort.ts";
import { listenForStop } from "../process/stop-request.ts";

/** The options of `wardwire dev`, parsed. */
export interface DevOptions {
  readonly port: number;
  readonly adminPort?: number;
  readonly host: string;
  readonly data: string;
  readonly publicOrigin: readonly string[];
}

const defaultAdminPort = 9443;
const hourSeconds = 3_600;

/**
 * Runs a development gateway until it is told to stop.
 *
 * @throws CliError `configuration` for a port in use, a data folder or key that cannot be used.
 */
export async function dev(options: DevOptions, output: Output): Promise<Outcome> {
  using stop = listenForStop();
  const port = options.port === 0 ? await findFreePort() : options.port;
  const reachable = { host: options.host, publicOrigins: options.publicOrigin };
  const material = await prepare(options.data, certificateNames(reachable));
  const origins = allowedOrigins(reachable, port);
  const chat = await findPage((line) => output.say(line));
  if (!chat.found) output.say(chat.why);
  const report = createReport(output);
  const { tokenKey, audit } = material;
  const serverKeys = await loadDevelopmentKeys(options.data, origins, Date.now());
  const { pins } = serverKeys;
  const gateway = createDemoGateway({ allowedOrigins: origins, tokenKey, audit, serverKeys, observe: report.observe });
  using lastResort = watchForCrashes(gateway);
  await using _closing = { [Symbol.asyncDispose]: () => gateway.close() };
  const running = await gateway
    .listen({
      port,
      host: options.host,
      tls: material.tls,
      fetch: developmentPage(origins, { chat, tokenKey, pins }),
    })
    .catch(failed);
  const api = openAdminApi(options.data, gateway);
  await using admin = await openAdmin(options, {
    isReady: () => !stop.signal.aborted,
    problems: () => gateway.problems,
    api,
  });
  noteAdminUrl(options.data, admin.url);
  const [pin = ""] = pins;
  announce(options, originOf(urlHost(options.host), port), { admin, pin, isNewAuthority: material.isNew }, output);
  report.begin();
  const outcome = await Promise.race([stop.outcome, lastResort.crashed, running.closed.then((): Outcome => "ok")]);
  return outcome;
}

function failed(error: unknown): never {
  throw gatewayFailure(error);
}

/** Keys and certificates of the data folder, made where they are missing. */
async function prepare(data: string, names: readonly string[]) {
  openDataFolder(data);
  const nowMs = Date.now();
  const { authority, isNew } = await loadAuthority(data, names, nowMs);
  const { certificate: cert, privateKey: key } = await loadServerCertificate(data, authority, names, nowMs);
  // Browsers bind every port of localhost by it, where other projects may serve plain HTTP.
  const tls = { cert, key, profile: "modern" as const, hstsMaxAgeSeconds: hourSeconds };
  return { tokenKey: await loadTokenKey(data), audit: await loadAudit(data).catch(failed), isNew, tls };
}

/** Holds the gateway's events back until the first line, which says where it listens, has been written. */
function createReport(output: Output) {
  const held: GatewayEvent[] = [];
  let begun = false;
  const write = (event: GatewayEvent): void => {
    if (event.event === "listening") return;
    output.record(eventRecord(event, Date.now()));
    const line = output.json ? undefined : eventLine(event, output);
    if (line !== undefined) output.say(line);
  };
  return {
    observe: (event: GatewayEvent): void => {
      if (begun) write(event);
      else held.push(event);
    },
    begin: (): void => {
      begun = true;
      for (const event of held.splice(0)) write(event);
    },
  };
}

/** The port that was asked for; when none was, the usual one or, where that is taken, any. */
function openAdmin(options: DevOptions, sources: AdminSources): Promise<AdminListener> {
  const ports = options.adminPort === undefined ? [defaultAdminPort, 0] : [options.adminPort];
  return openAdminListener(ports, sources);
}

interface Opened {
  readonly admin: AdminListener;
  readonly pin: string;
  readonly isNewAuthority: boolean;
}

function announce(options: DevOptions, origin: string, { admin, pin, isNewAuthority }: Opened, output: Output): void {
  const url = `${origin}/`;
  const socket = `${origin.replace(/^https/, "wss")}/ws`;
  const ca = dataFile(options.data, "authorityCertificate");
  output.record({ event: "listening", url, socket, ca, admin: admin.url, pin });
  const movedAdmin = options.adminPort === undefined && !admin.url.endsWith(`:${defaultAdminPort}`);
  sayWelcome({ url, socket, pin, admin: admin.url, data: options.data, isNewAuthority, movedAdmin }, output);
}

/** An address that stands for every interface is reached as localhost. */
function urlHost(host: string): string {
  return host === "0.0.0.0" || host === "::" ? "localhost" : host;
}
