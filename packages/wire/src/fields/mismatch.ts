/** The way from a frame to a value in it: keys of objects and indexes of lists, outermost first. */
export type ValuePath = readonly (string | number)[];

/**
 * Why a value was not taken. It is returned, not thrown: a hostile client would make the gateway capture a stack for
 * each frame. `got` tells a value's kind and size and never its text, which may be a token.
 */
export class Mismatch {
  readonly expected: string;
  readonly got: string;
  readonly path: ValuePath;

  constructor(expected: string, got: string, path: ValuePath = []) {
    this.expected = expected;
    this.got = got;
    this.path = path;
  }

  /** The same mismatch, seen from the object or list that holds the value under this key or index. */
  inside(key: string | number): Mismatch {
    return new Mismatch(this.expected, this.got, [key, ...this.path]);
  }

  /** One sentence, as it stands in an `error` frame: `limit: expected an integer from 1 to 200, got 0`. */
  describe(frameType: string): string {
    return `${this.path.length === 0 ? frameType : formatPath(this.path)}: expected ${this.expected}, got ${this.got}`;
  }
}

/** Tells a value's kind and size in words; numbers and words of the language as they are. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return `a string of ${value.length} characters`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function formatPath(path: ValuePath): string {
  const steps = path.map((step) => {
    if (typeof step === "number") return `[${step}]`;
    return /^[A-Za-z_]\w{0,31}$/.test(step) ? `.${step}` : `[${JSON.stringify(step.slice(0, 32))}]`;
  });
  return steps.join("").replace(/^\./, "");
}
