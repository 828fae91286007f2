/** One line of the product, made wrong on purpose. Some named test must turn red for it, else nothing guards the line. */
export interface Mutant {
  /** Kebab-case; says which guard is gone. */
  readonly name: string;
  /** Path from the repository's folder. */
  readonly file: string;
  /** Text that stands exactly once in the file, within one line. */
  readonly find: string;
  readonly replace: string;
  /** The test files that must notice. */
  readonly tests: readonly string[];
  /** The rule of `spec/` or the requirement the line keeps. */
  readonly rule: string;
}

/**
 * The file's text with the mutant applied.
 * @throws Error when `find` does not stand exactly once, spans lines or changes nothing.
 */
export function mutate({ name, file, find, replace }: Mutant, source: string): string {
  const count = source.split(find).length - 1;
  if (count !== 1) throw new Error(`mutant ${name}: "${find}" stands ${count} times in ${file}, expected once`);
  if (find.includes("\n") || replace.includes("\n")) throw new Error(`mutant ${name}: more than one line`);
  if (find === replace) throw new Error(`mutant ${name}: changes nothing`);
  return source.replace(find, () => replace);
}
