import { formsOf } from "./canary-forms.ts";

/** A canary that somebody could read. */
export interface Sighting {
  readonly canary: string;
  /** How it was written, such as `JSON in base64`. */
  readonly form: string;
  /** Where it was seen. */
  readonly where: string;
}

/** Everything that a proxy has seen, stream by stream. */
export class Recording {
  readonly #streams = new Map<string, Buffer[]>();

  /** Adds to what a stream, such as one direction of a connection, has carried so far. */
  add(stream: string, bytes: Uint8Array): void {
    const pieces = this.#streams.get(stream);
    if (pieces === undefined) this.#streams.set(stream, [Buffer.from(bytes)]);
    else pieces.push(Buffer.from(bytes));
  }

  /** Of all streams. */
  get byteLength(): number {
    return [...this.#streams.values()].flat().reduce((sum, { length }) => sum + length, 0);
  }

  /** Every canary that is in it, in any form, once for each stream; canaries by name. */
  sightings(canaries: Readonly<Record<string, string>>): readonly Sighting[] {
    const streams = [...this.#streams].map(([where, pieces]) => ({ where, bytes: Buffer.concat(pieces) }));
    return Object.entries(canaries).flatMap(([canary, value]) =>
      formsOf(value).flatMap(({ form, bytes: pattern }) =>
        streams.filter(({ bytes }) => bytes.includes(pattern)).map(({ where }): Sighting => ({ canary, form, where })),
      ),
    );
  }
}
