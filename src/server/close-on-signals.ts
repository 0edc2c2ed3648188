import type { Logger } from './logger.ts'

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
  process.once('SIGTERM', onSignal)
  process.once('SIGINT', onSignal)
  return () => {
    process.off('SIGTERM', onSignal)
    process.off('SIGINT', onSignal)
  }
}
