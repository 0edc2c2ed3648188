import type { Logger } from './logger.ts'

/** From a supervisor, from the keyboard, and from a terminal that is closed: Node does not let anybody ignore the last one for it. */
const ENDING_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** The first signal closes in good order; the second one ends the process at once. @returns Stops listening. */
export function closeOnSignals(close: () => Promise<void>, log: Logger): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    process.once(signal, () => process.exit(1))
    log.info({ signal }, 'the issuer service closes')
    close().catch((err: unknown) => {
      log.fatal({ err }, 'the issuer service did not close in good order')
      process.exitCode = 1
    })
  }
  for (const signal of ENDING_SIGNALS) process.once(signal, onSignal)
  return () => {
    for (const signal of ENDING_SIGNALS) process.off(signal, onSignal)
  }
}
