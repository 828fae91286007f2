import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { GatewayError } from "../gateway-error.ts";

/**
 * Checks a certificate and its key before anything listens with them.
 * @param cert PEM; the first certificate is the server's own
 * @param key PEM, not encrypted
 * @param now the time to hold its validity against
 * @returns the server's own certificate
 * @throws GatewayError `bad-certificate`: not PEM, the key is another's, or it is not valid now
 */
export function checkCertificate(cert: string, key: string, now: Date): X509Certificate {
  const certificate = parseCertificate(cert, "certificate");
  if (!certificate.checkPrivateKey(parsePrivateKey(key))) {
    throw new GatewayError(
      "bad-certificate",
      `the private key does not belong to the certificate of ${certificate.subject}; give the key it was issued for`,
    );
  }
  if (now < certificate.validFromDate || now > certificate.validToDate) {
    throw new GatewayError(
      "bad-certificate",
      `the certificate of ${certificate.subject} is valid from ${certificate.validFromDate.toISOString()} to ` +
        `${certificate.validToDate.toISOString()} and it is ${now.toISOString()}; renew it or set the clock`,
    );
  }
  return certificate;
}

/**
 * Parses the first certificate of a PEM text.
 * @param role what the text is, for the message
 * @throws GatewayError `bad-certificate`
 */
export function parseCertificate(pem: string, role: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new GatewayError("bad-certificate", `the ${role} is not a PEM certificate: expected BEGIN CERTIFICATE`, {
      cause,
    });
  }
}

function parsePrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new GatewayError(
      "bad-certificate",
      "the private key cannot be read: expected PEM with BEGIN PRIVATE KEY, without a passphrase",
      { cause },
    );
  }
}
