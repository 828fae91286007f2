import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const repository = join(import.meta.dirname, "..", "..", "..", "..");
const folder = process.env["WARDWIRE_VECTORS"] ?? join(repository, "..", "shared", "vectors");

/** Why tests with other people's vectors cannot run; undefined when they can. `.ci/run` does not take a skip. */
export const missingVectors: string | undefined = existsSync(join(folder, "wycheproof"))
  ? undefined
  : "no Wycheproof vectors: put them into ../shared/vectors, or their folder into WARDWIRE_VECTORS";

/** One test of Wycheproof with the fields of its group; bytes are hexadecimal. */
export interface WycheproofCase {
  readonly tcId: number;
  readonly size: number;
  readonly [field: string]: string | number | undefined;
}

/** All tests of a Wycheproof file whose group fits. */
export function wycheproof(
  file: string,
  groupFits: (group: Readonly<Record<string, unknown>>) => boolean = () => true,
): readonly WycheproofCase[] {
  const { testGroups }: { readonly testGroups: readonly Group[] } = JSON.parse(
    readFileSync(join(folder, "wycheproof", file), "utf8"),
  );
  return testGroups
    .filter(groupFits)
    .flatMap(({ tests, publicKey, privateSeed }) => tests.map((test) => ({ publicKey, privateSeed, ...test })));
}

type Group = Readonly<Record<string, unknown>> & {
  readonly tests: readonly WycheproofCase[];
  readonly publicKey: string;
  readonly privateSeed: string;
};

/** The vectors of the X-Wing draft; bytes are hexadecimal. */
export function xWingVectors(): readonly Readonly<Record<"seed" | "ss" | "pk" | "ct", string>>[] {
  return JSON.parse(readFileSync(join(folder, "xwing", "xwing-vectors.json"), "utf8"));
}

/** The bytes of a field of a case, which are hexadecimal; none where the case does not have it. */
export function bytes(field: string | number | undefined): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(String(field ?? ""), "hex"));
}
