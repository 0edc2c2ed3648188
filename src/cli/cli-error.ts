import { EXIT, type ExitCode } from './exit-codes.ts'

/** Ends a command. The message is one line and says the fix. */
export class CliError extends Error {
  override readonly name: string = 'CliError'
  /** For programs: snake_case. */
  readonly code: string
  readonly exitCode: ExitCode

  constructor(code: string, message: string, options: ErrorOptions & { readonly exitCode?: ExitCode } = {}) {
    super(message, options)
    this.code = code
    this.exitCode = options.exitCode ?? EXIT.error
  }
}

/** The command line or the configuration is at fault. */
export function usageError(message: string, options?: ErrorOptions): CliError {
  return new CliError('usage', message, { ...options, exitCode: EXIT.usage })
}
