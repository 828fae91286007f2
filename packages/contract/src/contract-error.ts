/**
 * Why a contract or a schema cannot be used:
 * - `invalid-definition`: a property is missing, unknown or of the wrong kind
 * - `invalid-name`: a channel or command has a name that is not allowed
 * - `invalid-history`: a history's bounds are not allowed
 * - `not-a-schema`: something that is no Standard Schema stands where one is needed
 * - `async-schema`: a schema answered with a promise
 * - `schema-threw`: a schema threw, or answered with something that is no result, instead of saying what is wrong
 * - `not-json`: a value for which there is no JSON
 */
export type ContractErrorCode =
  | "invalid-definition"
  | "invalid-name"
  | "invalid-history"
  | "not-a-schema"
  | "async-schema"
  | "schema-threw"
  | "not-json";

/** A mistake of the application's developer; data that a stranger sent never becomes one. Look at `code`. */
export class ContractError extends Error {
  override readonly name: "ContractError" = "ContractError";
  readonly code: ContractErrorCode;

  /** @param options `cause` is what the schema threw. */
  constructor(code: ContractErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
