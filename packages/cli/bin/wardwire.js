#!/usr/bin/env node
// Starts the command: the built one where it is published, the TypeScript sources in a clone. Plain JavaScript without
// static imports, so that an old Node gets as far as the sentence below.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(`wardwire: expected Node 24.15 or later, got ${process.versions.node}: install a newer Node\n`);
  process.exit(3);
}

const { existsSync } = await import("node:fs");
// Only a clone has it; what was built there may be older than the sources.
if (!existsSync(new URL("../tsconfig.json", import.meta.url))) {
  await import(new URL("../dist/main.js", import.meta.url).href);
} else {
  const { registerHooks } = await import("node:module");
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, "@wardwire/source"] }),
  });
  await import(new URL("../src/main.ts", import.meta.url).href);
}
