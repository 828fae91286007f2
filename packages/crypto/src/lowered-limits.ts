import { CryptoError } from "./crypto-error.ts";

/**
 * Limits with some of them lowered; none can be raised (SR-1.5).
 *
 * @throws CryptoError `invalid-limit` for what is no whole number from 1 to the highest
 */
export function lowered<Limits extends Readonly<Record<keyof Limits, number>>>(
  highest: Limits,
  changed: Partial<Limits>,
): Limits {
  for (const [name, value] of Object.entries(changed)) {
    const most = (highest as Readonly<Record<string, number>>)[name] ?? 0;
    if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most) continue;
    throw new CryptoError("invalid-limit", `${name}: expected a whole number from 1 to ${most}, got ${value}`);
  }
  return { ...highest, ...changed };
}
