import { describe } from "node:test";
import { lanes, sweep } from "./sweep.ts";

describe("a message of the client", { concurrency: lanes, timeout: 115_000 }, () => sweep("up"));
