import type { Output } from "../output.ts";
import { dataFile } from "./data-folder.ts";

/** What a person has to know about the gateway that has just started. */
export interface Welcome {
  readonly url: string;
  readonly socket: string;
  readonly admin: string;
  /** Of the current identity: what a client of sealed connections has to know beforehand (KB-1.1). */
  readonly pin: string;
  /** The data folder as it was given. */
  readonly data: string;
  /** Whether the authority was made in this run, so that nobody trusts it yet. */
  readonly isNewAuthority: boolean;
  /** Whether the default admin port was taken by something else. */
  readonly movedAdmin: boolean;
}

/** Says where the gateway is, how to trust its certificate, how to get a token and how to connect. */
export function sayWelcome(welcome: Welcome, output: Output): void {
  const ca = shellWord(dataFile(welcome.data, "authorityCertificate"));
  const data = welcome.data === ".wardwire" ? "" : ` --data ${shellWord(welcome.data)}`;
  const lines = [
    `${output.style("green", "wardwire is listening")} on ${output.style("bold", welcome.url)}`,
    `  socket  ${welcome.socket}`,
    `  admin   ${welcome.admin}${welcome.movedAdmin ? " (9443 is in use)" : ""}`,
    `  pin     ${welcome.pin}`,
    "",
    `Trust its certificate${welcome.isNewAuthority ? " (the authority is new)" : ""}; it is good for this gateway's names only:`,
    `  Debian  sudo cp ${ca} /usr/local/share/ca-certificates/wardwire-dev.crt && sudo update-ca-certificates`,
    `  Fedora  sudo trust anchor ${ca}`,
    `  macOS   security add-trusted-cert -k ~/Library/Keychains/login.keychain-db ${ca}`,
    `  Windows certutil -addstore -user Root ${ca}`,
    `  Firefox Settings > Certificates > Authorities > Import`,
    `  curl    curl --cacert ${ca} ${welcome.url}`,
    "",
    "Get a token, and connect (in another terminal):",
    `  export WARDWIRE_TOKEN=$(npx wardwire token --user alice${data})`,
    `  npx wardwire connect ${welcome.socket} --ca ${ca} --join lobby:roomId=tea --publish '{"text":"hello"}' --own`,
    `  … and with --server-key ${welcome.pin} sealed from whoever carries it`,
    "",
    output.style("dim", "Ctrl-C stops it."),
  ];
  for (const line of lines) output.say(line);
}

/** A path as one word of a shell. */
function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
