/** What the process ends with (docs/cli.md "Exit codes"). Stable, public API. */
export const EXIT = {
  ok: 0,
  /** Something failed: the network, a disk, the service. */
  error: 1,
  /** The command, an option or the configuration is not as it must be. */
  usage: 2,
  /** A credential, a request or a wish was refused. */
  refused: 3,
  /** The status that the answer rests on is not known, or too old. */
  statusUnknown: 4,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
