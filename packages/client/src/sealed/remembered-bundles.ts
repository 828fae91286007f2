/** The text a {@link BundleStore} keeps: for each origin what was seen of its bundles. It is read as if a stranger had written it. */
import { type BundleMemory, emptyBundleMemory } from "@wardwire/crypto/keys/bundle-check";

/** What a text says of an origin; nothing seen yet, for a text of another form. */
export function memoryOf(text: string | undefined, origin: string): BundleMemory {
  return parseAll(text).get(origin) ?? emptyBundleMemory;
}

/** The text with what is known of an origin now; the latest {@link maxOrigins} stay. */
export function withMemory(text: string | undefined, origin: string, memory: BundleMemory): string {
  const all = parseAll(text);
  all.delete(origin);
  const rest = [...all].slice(1 - maxOrigins);
  return JSON.stringify(Object.fromEntries([...rest, [origin, memory]]));
}

/** What both know together: nothing that was seen is forgotten. */
export function mergedMemory(one: BundleMemory, other: BundleMemory): BundleMemory {
  return {
    highestVersion: Math.max(one.highestVersion, other.highestVersion),
    floorMs: Math.max(one.floorMs, other.floorMs),
    revokedPins: [...new Set([...one.revokedPins, ...other.revokedPins])],
  };
}

function parseAll(text: string | undefined): Map<string, BundleMemory> {
  if (text === undefined || text.length > maxTextLength) return new Map();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return new Map();
  }
  if (typeof value !== "object" || value === null) return new Map();
  return new Map(Object.entries(value).filter((entry): entry is [string, BundleMemory] => isMemory(entry[1])));
}

function isMemory(value: unknown): value is BundleMemory {
  if (typeof value !== "object" || value === null) return false;
  const { highestVersion, floorMs, revokedPins } = value as Partial<Record<keyof BundleMemory, unknown>>;
  return (
    isCount(highestVersion) &&
    isCount(floorMs) &&
    Array.isArray(revokedPins) &&
    revokedPins.length <= maxPins &&
    revokedPins.every((pin) => typeof pin === "string")
  );
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

const maxOrigins = 32;
const maxPins = 16;
const maxTextLength = 65_536;
