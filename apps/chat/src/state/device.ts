/**
 * A name for this browser that its owner recognises in a list of devices, such as `Firefox on Linux 3f9a`.
 *
 * @param userAgent As `navigator.userAgent` gives it.
 * @param random A number from 0 up to but not including 1; tells browsers of the same kind apart.
 */
export function nameDevice(userAgent: string, random: number): string {
  const browser = firstMatch(userAgent, browsers) ?? "Browser";
  const system = firstMatch(userAgent, systems);
  const mark = Math.floor(random * 0x1_0000)
    .toString(16)
    .padStart(4, "0");
  return system === undefined ? `${browser} ${mark}` : `${browser} on ${system} ${mark}`;
}

type Patterns = readonly (readonly [name: string, pattern: RegExp])[];

/** In this order: nearly every browser also claims to be Chrome, and Chrome claims to be Safari. */
const browsers: Patterns = [
  ["Edge", /\bEdg/],
  ["Opera", /\bOPR\//],
  ["Firefox", /\b(?:Firefox|FxiOS)\//],
  ["Chrome", /\b(?:Chrome|HeadlessChrome|CriOS)\//],
  ["Safari", /\bSafari\//],
];

const systems: Patterns = [
  ["Android", /\bAndroid\b/],
  ["iPhone", /\biPhone\b/],
  ["iPad", /\biPad\b/],
  ["Windows", /\bWindows\b/],
  ["macOS", /\bMac OS X\b/],
  ["Linux", /\bLinux\b/],
];

function firstMatch(text: string, patterns: Patterns): string | undefined {
  return patterns.find(([, pattern]) => pattern.test(text))?.[0];
}
