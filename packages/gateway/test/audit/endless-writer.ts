import { setImmediate } from "node:timers/promises";
import { openAuditLog } from "../../src/audit/audit-log.ts";
import { login, testKeys } from "./written-log.ts";

/** A process that writes to the log its argument names until it is killed; says so once it has written. */
const path = process.argv[2] ?? "";
const log = await openAuditLog({ path, keys: await testKeys(), source: "child", checkpointLines: 1_000_000 });
for (let index = 0; ; index += 1) {
  log.record(login(`user-${index}`));
  await setImmediate();
  if (index === 500) process.stdout.write("writing\n");
}
