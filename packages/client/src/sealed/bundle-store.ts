/**
 * Where a client keeps what it has seen of gateways' key bundles, so that an old one is not believed after a restart
 * (KB-3.3): one text, whose form is the client's business. It holds no secret. A failure fails the attempt to connect.
 */
export interface BundleStore {
  /** What was saved last; `undefined` for nothing. What it gives is checked: a text of another form counts as nothing. */
  load(): Promise<string | undefined>;
  save(text: string): Promise<void>;
}
