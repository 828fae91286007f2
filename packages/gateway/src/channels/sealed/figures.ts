/** What the sealed channels of a process have done since it started. */
export class SealedChannelFigures {
  /** Fresh E₀ drawn. */
  epochs = 0;
  /** Steps advanced for those who joined. */
  steps = 0;
  /** Records sealed, each once for all members. */
  records = 0;
  /** SKIPs sent to slow members. */
  skips = 0;
}
