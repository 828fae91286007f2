/**
 * When results are there: `sync` at once, `any` at once or as a promise. A backend says which it is in its type, and code
 * written for `any` runs on both (docs/adr/0010-one-interface-sync-and-async.md).
 */
export type Timing = "sync" | "any";

/** A value of a backend: itself where the backend is synchronous, itself or its promise elsewhere. */
export type Outcome<When extends Timing, Value> = When extends "sync" ? Value : Value | Promise<Value>;
