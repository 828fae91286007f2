/** How many inputs a fuzz test sends: the count given, or all 100,000 with `WARDWIRE_FUZZ=full` in the environment. */
export function fuzzCount(usual: number): number {
  const mode = process.env["WARDWIRE_FUZZ"] ?? "";
  if (mode !== "" && mode !== "full") throw new Error(`WARDWIRE_FUZZ: expected full or nothing, got ${mode}`);
  return mode === "full" ? fullCount : usual;
}

const fullCount = 100_000;
