import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { decodeJwt } from "jose";
import { createOutput } from "../src/output.ts";
import { runCommand as runProgram } from "../src/program.ts";
import { runCommand } from "./support/command.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const secret = "eyJhbGciOiJFZERTQSJ9.c2VjcmV0.c2ln";

/** Commander's own errors, and ours for what only a command can judge. */
function isUsageError(error: unknown): boolean {
  assert.ok(error instanceof Error && "code" in error && typeof error.code === "string");
  return error.code === "usage" || error.code.startsWith("commander.");
}

describe("the command line", () => {
  it("tells its version and its commands", async () => {
    const description = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    assert.deepEqual(await runCommand(["--version"]), { code: 0, stdout: `${description.version}\n`, stderr: "" });
    const help = await runCommand(["--help"]);
    assert.equal(help.code, 0);
    for (const name of ["dev", "serve", "token", "connect", "config", "doctor", "Exit codes"]) {
      assert.match(help.stdout, new RegExp(name));
    }
    const devHelp = await runCommand(["dev", "--help"]);
    assert.equal(devHelp.code, 0);
    assert.match(devHelp.stdout, /--public-origin/);
    assert.doesNotMatch(devHelp.stdout, /--token /);
  });

  it("ends with 2 and one line on standard error for what it does not understand", async () => {
    const cases: readonly (readonly string[])[] = [
      ["nonsense"],
      ["dev", "--prot", "1"],
      ["dev", "--port", "70000"],
      ["dev", "--host", "localhost:8443"],
      ["dev", "--public-origin", "http://chat.test"],
      ["dev", "surplus"],
      ["serve"],
      ["serve", "--config", "x", "--workers", "2"],
      ["token"],
      ["token", "--user", "a", "--ttl", "0"],
      ["token", "--user", "a", "--ttl", "15m"],
      ["token", "--user", ""],
      ...["room", "room:*=fly", "=join", "room:*=join,join", "room=call,", "a b:=x"].map((grant) => [
        ...["token", "--user", "a", "--grant", grant],
      ]),
      ["connect"],
      ["connect", "wss://localhost/ws", "--join", "lobby:"],
      ["connect", "wss://localhost/ws", "--publish", "{text}"],
      ["connect", "wss://localhost/ws", "--publish", "{}"],
      ["connect", "wss://localhost/ws", "--timeout", "soon"],
      ["connect", "wss://localhost/ws", "--require", "sealed"],
      ["config", "check"],
    ];
    for (const words of cases) {
      const output = createOutput(false, { stdout: new PassThrough(), stderr: new PassThrough() });
      await assert.rejects(runProgram(words, output), isUsageError, words.join(" "));
    }
    const { code, stdout, stderr } = await runCommand(["dev", "--prot", "1"]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^wardwire: unknown option '--prot'[^\n]*\n$/);
  });

  it("shows help on standard error and ends with 2 when no command is given", async () => {
    const { code, stdout, stderr } = await runCommand([]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /Usage: wardwire[\s\S]*wardwire: expected a command/);
  });

  it("gives programs the failure as a JSON line under --json", async () => {
    const { code, stdout } = await runCommand(["dev", "--port", "x", "--json"]);
    assert.equal(code, 2);
    const { event, code: word, message, exitCode } = JSON.parse(stdout);
    assert.deepEqual([event, word, exitCode], ["failed", "usage", 2]);
    assert.match(message, /0 to 65535/);
  });

  it("refuses a token as an argument, and does not repeat it (R42)", async () => {
    for (const words of [["--token", secret], [`--token=${secret}`]]) {
      for (const command of [["connect", "wss://localhost/ws"], ["dev"], ["token", "--user", "a"]]) {
        const { code, stderr } = await runCommand([...command, ...words]);
        assert.equal(code, 2);
        assert.match(stderr, /--token-file.*WARDWIRE_TOKEN/);
        assert.equal(stderr.includes(secret), false);
      }
    }
  });
});

describe("wardwire token", () => {
  it("prints one token line, and makes the folder when dev has not run yet", async () => {
    using folder = temporaryFolder();
    const words = ["token", "--user", "alice", "--device", "phone", "--ttl", "60", "--data", folder.at("data")];
    const { code, stdout, stderr } = await runCommand([...words, "--grant", "room:*=join", "--grant", "*=presence"]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const { sub, device, grants, aud, iat = 0, exp } = decodeJwt(stdout.trim());
    assert.deepEqual([sub, device, aud, exp], ["alice", "phone", "wardwire-dev", iat + 60]);
    assert.deepEqual(grants, ["room:*=join", "*=presence"]);
  });

  it("signs for another audience when told so", async () => {
    using folder = temporaryFolder();
    const { stdout } = await runCommand(["token", "--user", "a", "--audience", "x", "--data", folder.at("data")]);
    assert.equal(decodeJwt(stdout.trim()).aud, "x");
  });

  it("refuses a grant that is none, with an example, and makes nothing", async () => {
    using folder = temporaryFolder();
    const ended = await runCommand(["token", "--user", "a", "--grant", "room:*=fly", "--data", folder.at("data")]);
    assert.deepEqual([ended.code, ended.stdout], [2, ""]);
    assert.match(ended.stderr, /^wardwire: --grant: .*an example: --grant 'room:[^\n]*\n$/);
    assert.equal(existsSync(folder.at("data")), false);
  });

  it("ends with 3 for a data folder it cannot use", async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at("file"), "");
    const { code, stderr } = await runCommand(["token", "--user", "a", "--data", folder.at("file")]);
    assert.equal(code, 3);
    assert.match(stderr, /^wardwire: cannot make the data folder .*\n$/);
  });
});

describe("wardwire config", () => {
  it("lists every problem with its path and ends with 3", async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at("w.yaml"), "tls: { certFile: 3 }\nsurplus: 1\n");
    const people = await runCommand(["config", "check", "--config", folder.at("w.yaml")]);
    assert.equal(people.code, 3);
    for (const line of ["tls.certFile: expected a path, got a number", "surplus: unknown key", "jwt: expected"]) {
      assert.ok(people.stdout.includes(line), line);
    }
    const programs = await runCommand(["config", "check", "--config", folder.at("w.yaml"), "--json"]);
    assert.equal(programs.code, 3);
    const { valid, problems } = JSON.parse(programs.stdout);
    assert.equal(valid, false);
    assert.deepEqual(problems.at(0), { path: "application", message: "expected a path, got nothing" });
  });

  it("prints what serve would use, without an address's query when redacted", async () => {
    using folder = temporaryFolder();
    const jwt = "{ issuer: i, audience: a, algorithms: [EdDSA], jwksUrl: 'https://id.example/keys?key=hidden' }";
    const text = `application: ./a.ts\ntls: { certFile: c, keyFile: k }\nallowedOrigins: [https://a.example]\njwt: ${jwt}\n`;
    writeFileSync(folder.at("w.yaml"), text);
    const words = ["config", "print", "--config", folder.at("w.yaml"), "--json"];
    const env = { WARDWIRE_LISTEN__PORT: "8443" };
    assert.match((await runCommand(words, { env })).stdout, /hidden/);
    const { code, stdout } = await runCommand([...words, "--redacted"], { env });
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /hidden/);
    assert.equal(JSON.parse(stdout).listen.port, 8443);
  });

  it("prints a JSON Schema that knows the required keys", async () => {
    const { code, stdout } = await runCommand(["config", "schema"]);
    assert.equal(code, 0);
    const schema = JSON.parse(stdout);
    assert.deepEqual(schema.required, ["application", "tls", "allowedOrigins", "jwt"]);
    assert.equal(schema.additionalProperties, false);
  });
});
