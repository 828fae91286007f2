/** What the process ends with, by the name of the outcome; part of the command's fixed interface. */
export const exitCodes = {
  ok: 0,
  /** The command ran and found something wrong. */
  findings: 1,
  /** The command line is not one this program understands. */
  usage: 2,
  /** A file, a setting, a port or this Node is not as it must be. */
  configuration: 3,
  /** The server cannot be reached, or its certificate is not trusted. */
  unreachable: 4,
  /** The server refused, or closed the connection. */
  refused: 5,
  timeout: 6,
  /** A fault of this program, or an error nobody handled in the application it ran (EX_SOFTWARE of sysexits.h). */
  internal: 70,
  /** Stopped by Ctrl-C. */
  interrupted: 130,
} as const;

/** A way for a command to end. */
export type Outcome = keyof typeof exitCodes;
