/**
 * Import this first in a script: it ends the process with exit code 3 and one line when Node is older than the project
 * needs. `npm run` and `npx` put `node_modules/.bin`, and with it the Node that `npm ci` brought, first on PATH.
 */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(
    `wardwire needs Node 24.15 or newer and this is ${process.version}: run "npm ci", then use "npm run …" ` +
      "(or put node_modules/.bin first on PATH)\n",
  );
  process.exit(3);
}
