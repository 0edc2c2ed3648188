import { type Logger, pino } from 'pino'

export type { Logger }

/** How much is logged; `silent` for tests and embedding. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/**
 * A logger that writes JSON lines. Callers log names, numbers and codes; of an error only its
 * kind, message and stack are written, because other members could hold what must not be logged.
 */
export function createLogger(level: LogLevel, stream: 'stdout' | 'stderr' = 'stdout'): Logger {
  const serializers = { err: (error: unknown) => describeError(error) }
  return pino({ name: 'procura', level, serializers }, pino.destination(stream === 'stdout' ? 1 : 2))
}

function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error }
  const code = 'code' in error ? String(error.code) : undefined
  const cause = error.cause === undefined ? undefined : describeError(error.cause)
  return { type: error.name, code, message: error.message, stack: error.stack, cause }
}
