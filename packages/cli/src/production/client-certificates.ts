import { anyOf, clientCertificate, type ListenOptions } from "@wardwire/gateway";
import type { Authenticate } from "@wardwire/gateway/identity";
import type { CertificateMapping, ClientCertificatesConfiguration } from "../configuration/configuration.ts";
import { resolveBeside } from "../configuration/load.ts";
import { readPublicFile } from "./material.ts";

/** What client certificates change: who is let in, and what the listener asks for. */
export interface ClientCertificates {
  readonly authenticate: Authenticate;
  readonly tls: Partial<ListenOptions["tls"]>;
}

/**
 * Lets clients in by their certificate, or else by what `byToken` takes; without a configuration by `byToken` alone.
 *
 * @param file the configuration file; paths are relative to its folder.
 * @throws CliError `configuration`.
 */
export function readClientCertificates(
  file: string,
  configuration: ClientCertificatesConfiguration | undefined,
  byToken: Authenticate,
): ClientCertificates {
  if (configuration === undefined) return { authenticate: byToken, tls: {} };
  const { caFile, crlFile, required, mapping } = configuration;
  const clientAuthority = readPublicFile("clientCertificates.caFile", resolveBeside(file, caFile));
  const clientRevocations =
    crlFile === undefined
      ? {}
      : { clientRevocations: readPublicFile("clientCertificates.crlFile", resolveBeside(file, crlFile)) };
  const byCertificate = clientCertificate({
    identify: (subject) => {
      const userId = userOf(mapping, subject[fields[mapping.name]]);
      return userId === undefined ? undefined : { userId };
    },
  });
  return {
    authenticate: anyOf(byCertificate, byToken),
    tls: { clientAuthority, clientCertificate: required ? "required" : "optional", ...clientRevocations },
  };
}

const fields = { uri: "uris", dns: "dnsNames", email: "emails" } as const;

/** Whom the names of a certificate mean: exactly one of them has to fit, with something between prefix and suffix. */
function userOf({ prefix, suffix, userPrefix }: CertificateMapping, names: readonly string[]): string | undefined {
  const fitting = names.filter(
    (name) => name.length > prefix.length + suffix.length && name.startsWith(prefix) && name.endsWith(suffix),
  );
  const [name, ...others] = fitting;
  if (name === undefined || others.length > 0) return undefined;
  return `${userPrefix}${name.slice(prefix.length, name.length - suffix.length)}`;
}
