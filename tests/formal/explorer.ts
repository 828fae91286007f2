/**
 * A bounded model checker for objects that can be made anew: it carries out every order of steps up to a depth, on the
 * real objects, and remembers which states it has been in. The first trace it finds to a violation is a shortest one.
 */

/** Something that may happen in a world. */
export interface Step {
  /** The same in every world of a model; a trace is a list of these. */
  readonly name: string;
  /** Lets it happen. @throws Violation for what must never be */
  readonly take: () => void | Promise<void>;
}

/** Real objects, the attacker before them, and what can happen next. */
export interface World {
  /** Worlds with one name go on alike, whatever order of steps led there. */
  readonly state: string;
  /** None where everything has ended. */
  steps(): readonly Step[];
}

/** A property of the specification that does not hold. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** Throws {@link Violation} unless a property holds. */
export function hold(property: boolean, otherwise: string): asserts property {
  if (!property) throw new Violation(otherwise);
}

/** What an exploration has seen. */
export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  /** Whether there is no state beyond the depth. */
  readonly isComplete: boolean;
  /** The steps to a state in which a property does not hold, and which; undefined when all hold everywhere. */
  readonly violation?: { readonly trace: readonly string[]; readonly what: string };
}

/**
 * Explores all states within `depth` steps of the beginning.
 *
 * @param begin makes a world before its first step; twice the same one, secrets and clock included
 */
export async function explore(begin: () => World | Promise<World>, depth: number): Promise<Exploration> {
  const seen = new Set([(await begin()).state]);
  let transitions = 0;
  let edge: readonly (readonly string[])[] = [[]];
  for (let length = 0; length < depth; length += 1) {
    const further: (readonly string[])[] = [];
    for (const trace of edge) {
      for (const { name } of (await replay(begin, trace)).steps()) {
        transitions += 1;
        const world = await replay(begin, trace);
        const what = await violationOf(world, name);
        if (what !== undefined) {
          return { states: seen.size, transitions, isComplete: false, violation: { trace: [...trace, name], what } };
        }
        if (!seen.has(world.state)) further.push([...trace, name]);
        seen.add(world.state);
      }
    }
    edge = further;
  }
  return { states: seen.size, transitions, isComplete: edge.length === 0 };
}

async function replay(begin: () => World | Promise<World>, trace: readonly string[]): Promise<World> {
  const world = await begin();
  for (const name of trace) await stepOf(world, name).take();
  return world;
}

async function violationOf(world: World, name: string): Promise<string | undefined> {
  try {
    await stepOf(world, name).take();
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return error.message;
    throw new Error(`the step "${name}" failed by itself`, { cause: error });
  }
}

function stepOf(world: World, name: string): Step {
  const step = world.steps().find((each) => each.name === name);
  if (step === undefined) throw new Error(`a world that was made anew has no step "${name}": it is not the same one`);
  return step;
}
