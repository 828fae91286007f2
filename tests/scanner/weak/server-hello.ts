import { randomBytes } from "node:crypto";

/**
 * A ServerHello that chooses DEFLATE and the first suite (RFC 3749, RFC 5246, section 7.4.1.3); undefined for whatever
 * does not offer it.
 */
export function deflatingServerHello(record: Buffer): Buffer | undefined {
  if (record[0] !== 22 || record.length < 64) return undefined;
  const sessionIdAt = 5 + 4 + 2 + 32;
  const suitesAt = sessionIdAt + 1 + (record[sessionIdAt] ?? 0);
  const compressionAt = suitesAt + 2 + record.readUInt16BE(suitesAt);
  const methods = record.subarray(compressionAt + 1, compressionAt + 1 + (record[compressionAt] ?? 0));
  if (!methods.includes(1)) return undefined;
  const suite = record.subarray(suitesAt + 2, suitesAt + 4);
  const body = Buffer.concat([Buffer.from([3, 3]), randomBytes(32), Buffer.from([0]), suite, Buffer.from([1])]);
  const message = Buffer.concat([Buffer.from([2, 0, 0, body.length]), body]);
  return Buffer.concat([Buffer.from([22, 3, 3, 0, message.length]), message]);
}
