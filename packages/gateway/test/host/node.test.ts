import { nodeHost } from "../../src/host/node.ts";
import { TestAuthority } from "./certificates.ts";
import { socketHostSuite } from "./socket-host-suite.ts";

const authority = await TestAuthority.create();
const certified = await authority.issue({ dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"] });

socketHostSuite("the Node host in plain HTTP", nodeHost, { tls: "none" });
socketHostSuite("the Node host over TLS", nodeHost, {
  tls: certified,
  client: { ca: authority.cert, servername: "localhost" },
});
