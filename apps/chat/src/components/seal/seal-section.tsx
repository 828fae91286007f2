import type { SealedSecurity } from "@wardwire/client";
import type { JSX } from "preact";
import { Fingerprint } from "./fingerprint.tsx";
import { sealFacts } from "./seal-words.ts";

/** Which seal. */
export interface SealSectionProps {
  readonly seal: SealedSecurity;
  /** Whether it protects the connection that is there now. */
  readonly isCurrent: boolean;
}

/** The seal of the connection: what it is made of, and how to make sure that it is the right server's. */
export function SealSection({ seal, isCurrent }: SealSectionProps): JSX.Element {
  return (
    <section class="prose" aria-labelledby="seal-title">
      <h3 id="seal-title">{isCurrent ? "This connection" : "The last connection"}</h3>
      <dl class="facts">
        {sealFacts(seal).map(({ name, words }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{words}</dd>
          </div>
        ))}
        <div>
          <dt>The server's fingerprint</dt>
          <dd>
            <Fingerprint pin={seal.pin} />
          </dd>
        </div>
      </dl>
      <p class="hint">
        The fingerprint came with this page. Compare it with the one that whoever runs the server tells you some other
        way; capital and small letters differ. Whoever can change this page's script can change what stands here too:
        where that worries you, connect with a program that was given the fingerprint beforehand.
      </p>
    </section>
  );
}
