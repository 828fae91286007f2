import { Command, Option } from "commander";
import * as checkValues from "./check/option-values.ts";
import { CliError } from "./cli-error.ts";
import type { AuditVerifyOptions } from "./commands/audit.ts";
import type { CheckOptions } from "./commands/check.ts";
import type { ConfigOptions } from "./commands/config.ts";
import type { ConnectOptions } from "./commands/connect.ts";
import type { DecodeOptions } from "./commands/decode.ts";
import type { DevOptions } from "./commands/dev.ts";
import type { DoctorOptions } from "./commands/doctor.ts";
import type { ExplainOptions } from "./commands/explain.ts";
import type { PublishOptions } from "./commands/publish.ts";
import type { RevokeOptions } from "./commands/revoke.ts";
import type { ServeOptions } from "./commands/serve.ts";
import type { TokenOptions } from "./commands/token.ts";
import type { Outcome } from "./exit-codes.ts";
import { addKeys } from "./keys/command-line.ts";
import * as values from "./option-values.ts";
import type { Output } from "./output.ts";
import { version } from "./version.ts";

/**
 * Runs the command that `words` (the arguments behind `wardwire`) name. A command's module is loaded only when it runs,
 * so that `--help` is quick.
 *
 * @throws CliError for what the command could not do; CommanderError for a command line that is not one of ours, and,
 *   with `exitCode` 0, after `--help` and `--version`.
 */
export async function runCommand(words: readonly string[], output: Output): Promise<Outcome> {
  let outcome: Outcome = "ok";
  const program = createProgram(output, async (running) => {
    outcome = await running;
  });
  await program.parseAsync(words, { from: "user" });
  return outcome;
}

/** Hands the outcome of a command over; a command's action ends when it does. */
type Finish = (running: Promise<Outcome>) => Promise<void>;

const exitCodeHelp =
  "Exit codes: 0 ok, 1 findings, 2 usage, 3 configuration, 4 target unreachable, 5 refused or closed by the server,\n" +
  "6 timeout, 70 a fault of this program or of the application it ran, 130 interrupted. NO_COLOR turns colours off.";

function createProgram(output: Output, finish: Finish): Command {
  const program = new Command("wardwire")
    .description("A secure WebSocket platform: gateway, client and tools.")
    .version(version())
    .configureOutput({ outputError: () => undefined })
    .exitOverride()
    .addHelpText("after", `\n${exitCodeHelp}`);
  addDev(program, output, finish);
  addServe(program, finish);
  addToken(program, output, finish);
  addConnect(program, output, finish);
  addPublish(program, output, finish);
  addRevoke(program, output, finish);
  addExplain(program, output, finish);
  addConfig(program, output, finish);
  addDoctor(program, output, finish);
  addAudit(program, output, finish);
  addKeys(program, output, finish);
  addDecode(program, output, finish);
  addCheck(program, output, finish);
  for (const command of program.commands) command.addOption(refusedTokenOption());
  return program;
}

function addDev(program: Command, output: Output, finish: Finish): void {
  program
    .command("dev")
    .description("run a development gateway with the demo contract and a certificate of its own")
    .addOption(
      new Option("--port <port>", "port of the page and the socket")
        .argParser(values.parsePort)
        .env("PORT")
        .default(8443),
    )
    .option("--admin-port <port>", "port of the health listener on 127.0.0.1 (default: 9443)", values.parsePort)
    .option("--host <host>", "address to listen on; localhost is both loopback families", values.parseHost, "localhost")
    .addOption(dataOption())
    .addOption(severalOption("--public-origin <url>", "a further origin it is reached under", values.parseOrigin))
    .option("--json", "events as JSON lines on standard output")
    .action((options: DevOptions) => finish(import("./commands/dev.ts").then(({ dev }) => dev(options, output))));
}

function addServe(program: Command, finish: Finish): void {
  program
    .command("serve")
    .description("run a production gateway; its log is JSON lines on standard error")
    .requiredOption("--config <file>", "YAML configuration; `wardwire config schema` describes it")
    .action((options: ServeOptions) => finish(import("./commands/serve.ts").then(({ serve }) => serve(options))));
}

function addToken(program: Command, output: Output, finish: Finish): void {
  program
    .command("token")
    .description("print a token for the development gateway of a data folder")
    .requiredOption("--user <id>", "whom the token is for", values.parseId)
    .option("--device <id>", "the device it is bound to", values.parseId)
    .option("--ttl <seconds>", "how long it is good for", values.parseTtl, 900)
    .option("--audience <name>", "the audience it names", values.parseId, "wardwire-dev")
    .addOption(
      severalOption("--grant <grant>", "narrow what it allows, such as 'room:*=join,publish'", (grant) => grant),
    )
    .addOption(dataOption())
    .action((options: TokenOptions) =>
      finish(import("./commands/token.ts").then(({ token }) => token(options, output))),
    );
}

function addConnect(program: Command, output: Output, finish: Finish): void {
  program
    .command("connect")
    .description("connect to a gateway, join channels, publish, and print messages")
    .argument("<url>", "the socket, such as wss://localhost:8443/ws")
    .option("--ca <file>", "PEM file of the authority to trust instead of the system's")
    .addOption(severalOption("--server-key <pin>", "seal the connection to the holder of this key", (pin) => pin))
    .addOption(new Option("--require <level>", "refuse channels that are protected less").choices(["sealed"]))
    .addOption(severalOption("--join <channel>", "a channel, such as lobby:roomId=tea", values.parseJoin))
    .option("--publish <json>", "a message to publish to the last --join", values.parseJson)
    .option("--own", "print one's own messages too")
    .option("--count <n>", "end after this many messages from others", values.parseCount)
    .option(
      "--timeout <duration>",
      "end with exit code 6 after this long (default: 10s, see below)",
      values.parseDuration,
    )
    .option("--token-file <file>", "file with the token, - for standard input; else the environment's WARDWIRE_TOKEN")
    .option("--json", "events as JSON lines on standard output")
    .addHelpText(
      "after",
      "\nEnds after --count messages, or else once published; with neither it prints messages until it is interrupted,\n" +
        "and the default of --timeout counts for connecting and joining only.",
    )
    .action((url: string, options: Omit<ConnectOptions, "url">) =>
      finish(import("./commands/connect.ts").then(({ connect }) => connect({ ...options, url }, output))),
    );
}

function addPublish(program: Command, output: Output, finish: Finish): void {
  program
    .command("publish")
    .description("publish a message of the application's own through the admin API")
    .argument("<json>", "the message, - for standard input")
    .requiredOption("--channel <channel>", "to which channel, such as room:roomId=tea", values.parseJoin)
    .option("--key <key>", "idempotency key: a retry with it publishes nothing new", values.parseKey)
    .addOption(dataOption())
    .option("--json", 'one JSON document {"event":"published","stream","offset","duplicate"}')
    .action((message: string, options: Omit<PublishOptions, "message">) =>
      finish(import("./commands/publish.ts").then(({ publish }) => publish({ ...options, message }, output))),
    );
}

function addRevoke(program: Command, output: Output, finish: Finish): void {
  program
    .command("revoke")
    .description("refuse credentials from now on, and close the connections that live on them")
    .option("--user <id>", "everything of a user; sign-ins to come as well, unless --issued-before", values.parseId)
    .option("--session <id>", "the credentials of a session", values.parseId)
    .option("--device <id>", "the credentials of a device; with --user, of that user's", values.parseId)
    .option("--token-id <id>", "one token, by its jti", values.parseId)
    .option(
      "--issued-before <instant>",
      "what was issued earlier, such as 2026-11-21T12:00:00Z or now",
      values.parseInstant,
    )
    .addOption(dataOption())
    .option("--json", 'one JSON document {"event":"revoked","closed"}')
    .action((options: RevokeOptions) =>
      finish(import("./commands/revoke.ts").then(({ revoke }) => revoke(options, output))),
    );
}

function addExplain(program: Command, output: Output, finish: Finish): void {
  program
    .command("explain")
    .description("say why a token may or may not do something; exit code 1 when it may not")
    .addOption(
      new Option("--operation <operation>", "what is to be done")
        .choices(["join", "publish", "history", "presence", "call"])
        .makeOptionMandatory(),
    )
    .option("--channel <channel>", "to which channel, such as room:roomId=tea", values.parseJoin)
    .option("--command <name>", "which command, for the operation call")
    .option("--config <file>", "configuration whose application's contract counts (default: the demo contract)")
    .option("--token-file <file>", "file with the token, - for standard input; else the environment's WARDWIRE_TOKEN")
    .option("--json", 'one JSON document {"allowed","operation","channel","params","command","user","reasons"}')
    .action((options: ExplainOptions) =>
      finish(import("./commands/explain.ts").then(({ explain }) => explain(options, output))),
    );
}

function addConfig(program: Command, output: Output, finish: Finish): void {
  const config = program.command("config").description("look at a configuration of `serve`");
  const loaded = (): Promise<typeof import("./commands/config.ts")> => import("./commands/config.ts");
  config
    .command("check")
    .description("list everything that is wrong with it")
    .requiredOption("--config <file>", "YAML configuration")
    .option("--json", 'one JSON document {"file","valid","problems":[{"path","message"}]}')
    .action((options: ConfigOptions) => finish(loaded().then(({ checkConfig }) => checkConfig(options, output))));
  config
    .command("print")
    .description("print it as `serve` would use it: file, environment and defaults")
    .requiredOption("--config <file>", "YAML configuration")
    .option("--redacted", "without what may be secret in it, for a bug report")
    .option("--json", "as one JSON document")
    .action((options: ConfigOptions) => finish(loaded().then(({ printConfig }) => printConfig(options, output))));
  config
    .command("schema")
    .description("print its JSON Schema")
    .action(() => finish(loaded().then(({ printSchema }) => printSchema(output))));
}

function addDoctor(program: Command, output: Output, finish: Finish): void {
  program
    .command("doctor")
    .description("check that this machine is fit to run a gateway; exit code 1 when it is not")
    .addOption(dataOption())
    .option("--port <port>", "the port that should be free", values.parsePort, 8443)
    .option("--keys <folder>", "server keys of wardwire keys, instead of those of the data folder")
    .option("--json", 'one JSON document {"ok","checks":[{"id","status","detail","advice"?}]}')
    .action((options: DoctorOptions) =>
      finish(import("./commands/doctor.ts").then(({ doctor }) => doctor(options, output))),
    );
}

function addAudit(program: Command, output: Output, finish: Finish): void {
  program
    .command("audit")
    .description("look at the audit log of a gateway")
    .command("verify")
    .description("find edits, deletions, insertions, reordering and truncation; exit code 1 when there are any")
    .argument("<file...>", "the files of one log, oldest first")
    .option("--key-file <file>", "the keys that signed it; without them signatures are not checked")
    .option("--head <file>", "a head kept elsewhere (default: the one beside the last file)")
    .option("--json", 'one JSON document {"sound","findings":[{"file","line","what","detail"}],…}')
    .action((files: readonly string[], options: AuditVerifyOptions) =>
      finish(import("./commands/audit.ts").then(({ verifyAudit }) => verifyAudit(files, options, output))),
    );
}

function addDecode(program: Command, output: Output, finish: Finish): void {
  program
    .command("decode")
    .description("explain captured messages of a sealed socket; exit code 1 for what is none, or does not open")
    .argument("[file]", "messages, one a line, in hexadecimal or Base64; - for standard input", "-")
    .option(
      "--key-file <file>",
      "the session's secrets, to show contents: JSON with suite, clientTraffic, gatewayTraffic",
    )
    .option("--json", 'one JSON document a message {"line","kind",…,"content"?}')
    .action((file: string, options: Omit<DecodeOptions, "file">) =>
      finish(import("./commands/decode.ts").then(({ decode }) => decode({ ...options, file }, output))),
    );
}

function addCheck(program: Command, output: Output, finish: Finish): void {
  const severities = ["critical", "high", "medium", "low", "never"];
  const text = (value: string): string => value;
  program
    .command("check")
    .description("look for faults of WebSocket endpoints; exit code 1 when there are any")
    .argument("[url...]", "the sockets, such as wss://chat.example/ws")
    .option("--list", "list the checks")
    .option("--explain <id>", "explain one check: why it matters, how to mend it", checkValues.parseCheckId)
    .addOption(severalOption("--only <id>", "run only these checks, such as WW-TLS", checkValues.parseCheckId))
    .addOption(severalOption("--skip <id>", "leave these checks out", checkValues.parseCheckId))
    .option("--thorough", "run slow checks too, up to two minutes")
    .option("--active", "attack: floods, slow headers, a bomb of 8 MiB; only with the operator's consent")
    .option("--yes", "do not ask before --active")
    .addOption(
      new Option("--fail-on <severity>", "faults that make the exit code 1").choices(severities).default("medium"),
    )
    .option("--baseline <file>", "known faults, which do not count")
    .option("--write-baseline <file>", "write the faults found as known")
    .option("--all", "show passed and skipped checks too")
    .option("--origin <url>", "the origin to come from (default: the target's own)", checkValues.parsePageOrigin)
    .addOption(
      severalOption("--header <line>", "a header that is no secret, such as 'X-Tenant: 7'", checkValues.parseHeader),
    )
    .option("--header-file <file>", "headers, one a line")
    .option("--cookie-file <file>", "file with the Cookie header's value; else the environment's WARDWIRE_COOKIE")
    .option("--token-file <file>", "file with a token, - for standard input; else the environment's WARDWIRE_TOKEN")
    .addOption(severalOption("--subprotocol <name>", "offer this one", text))
    .option("--connect-to <host:port>", "connect there instead; name and Host stay", checkValues.parseAddress)
    .option("--proxy <url>", "HTTP proxy to connect through, such as http://proxy.test:3128", checkValues.parseProxy)
    .option("--ca <file>", "PEM file of the authority to trust instead of the system's")
    .option("--cert <file>", "PEM file with a client certificate")
    .option("--key <file>", "PEM file with its key")
    .option("--timeout <duration>", "end a target's scan after this long (default: 60s, else 3m)", values.parseDuration)
    .option("--rate <number>", "new connections a second (default: 40)", checkValues.parseRate)
    .option("--json", "one JSON document for each target on standard output")
    .option("--sarif <file>", "write SARIF 2.1.0, for code scanning")
    .option("--junit <file>", "write JUnit XML, for a CI server")
    .option("--html <file>", "write one page that needs nothing else")
    .option("--md <file>", "write Markdown")
    .action((urls: readonly string[], options: Omit<CheckOptions, "urls">) =>
      finish(import("./commands/check.ts").then(({ check }) => check({ ...options, urls }, output))),
    );
}

function dataOption(): Option {
  return new Option("--data <folder>", "where the development gateway keeps its keys").default(".wardwire");
}

/** An option that may be given several times; its value is the list of what was given. */
function severalOption<Value>(flags: string, description: string, parse: (text: string) => Value): Option {
  const collect = (text: string, before: readonly Value[]): readonly Value[] => [...before, parse(text)];
  return new Option(flags, `${description}; may be repeated`).argParser(collect).default([], "none");
}

/** Arguments are seen by every user of the machine and kept in shell histories, so a token is never one (R42). */
function refusedTokenOption(): Option {
  return new Option("--token <token>").hideHelp().argParser(() => {
    throw new CliError(
      "usage",
      "a token is never an argument: put it in a file for --token-file, or in WARDWIRE_TOKEN",
    );
  });
}
