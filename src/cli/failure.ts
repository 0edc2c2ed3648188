import { CommanderError } from 'commander'
import { type IssuerProblem, ProcuraError, type ProcuraErrorCode } from '../errors.ts'
import { CliError } from './cli-error.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'

/** How a command failed, as it is told to people and programs. */
export interface Failure {
  readonly exitCode: ExitCode
  readonly code: string
  /** One line. */
  readonly message: string
  readonly dimension?: string
}

/** Whatever was thrown, as a failure. Something that nobody thought of is told without its stack. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CommanderError) return { exitCode: EXIT.usage, code: 'usage', message: wordsOf(error) }
  if (error instanceof CliError) {
    return { exitCode: error.exitCode, code: error.code, message: oneLine(error.message) }
  }
  if (error instanceof ProcuraError) return ofProcura(error)
  const message = error instanceof Error ? error.message : String(error)
  return { exitCode: EXIT.error, code: 'internal', message: oneLine(`internal error: ${message}`) }
}

/** Commander's `error: unknown option '--x'`, sometimes with a full stop, and on a line of its own `(Did you mean --y?)`. */
function wordsOf({ message }: CommanderError): string {
  return oneLine(message.replace(/^error: /, '').replace(/\.$/, ''))
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').trim()
}

const EXIT_CODES: Partial<Readonly<Record<ProcuraErrorCode, ExitCode>>> = {
  ERR_PROCURA_INVALID_ARGUMENT: EXIT.usage,
  ERR_PROCURA_INVALID_CONFIGURATION: EXIT.usage,
  ERR_PROCURA_INVALID_KEY: EXIT.usage,
  ERR_PROCURA_FRESHNESS_UNENFORCEABLE: EXIT.usage,
  ERR_PROCURA_WIDER_THAN_PARENT: EXIT.refused,
  ERR_PROCURA_DELEGATION_ENDED: EXIT.refused,
}

function ofProcura({ code, message, problem }: ProcuraError): Failure {
  if (problem !== undefined) return ofProblem(problem, message)
  return { exitCode: EXIT_CODES[code] ?? EXIT.error, code, message: oneLine(message) }
}

/** What would mend a refusal of the issuer, by its code, or by code and dimension. */
const FIXES: ReadonlyMap<string, string> = new Map([
  [
    'unknown_principal',
    'give a key that the issuer knows with --key; `procura init` told where the first one lies',
  ],
  [
    'signature_invalid',
    'compare the clocks and the --issuer URL with the origin of the service; `procura doctor` does',
  ],
  ['forbidden', '`procura whoami` shows the role of this key; ask an admin'],
  ['owner_required', '`procura owner list` shows those there are'],
  ['exceeds_delegation', 'a delegation is only narrowed; make a new one with `procura grant create`'],
  ['exceeds_entitlements', 'ask for less; `procura owner show` says what the owner is entitled to'],
  ['owner_suspended', '`procura owner resume` lifts the hold'],
  ['agent_suspended', '`procura agent resume` lifts the hold'],
  [
    'delegation_suspended',
    '`procura grant resume` lifts the hold, or `procura agent resume` that of its agent',
  ],
  ['delegation_expired', 'the owner or an admin renews it: `procura grant fetch`'],
  ['outranked', 'let whoever placed the hold, or an admin, lift it'],
  ['quota_exceeded agent', '`procura agent leases` shows what is leased'],
  ['quota_exceeded owner', '`procura agent leases` shows how much is leased'],
  ['rate_limited', 'try again in a minute'],
])

/** A refusal that stands however often it is asked: who may, what is left, what another did first. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 409])
const REFUSAL_CODES: ReadonlySet<string> = new Set([
  'exceeds_delegation',
  'exceeds_entitlements',
  'chain_refused',
])

function ofProblem({ status, code, dimension }: IssuerProblem, message: string): Failure {
  const isRefusal = REFUSALS.has(status) || REFUSAL_CODES.has(code)
  const where = dimension === undefined ? '' : ` (${dimension})`
  const fix = FIXES.get(`${code} ${dimension ?? ''}`) ?? FIXES.get(code)
  return {
    exitCode: isRefusal ? EXIT.refused : EXIT.error,
    code,
    message: oneLine(`${message}${where}${fix === undefined ? '' : `; ${fix}`}`),
    ...(dimension === undefined ? {} : { dimension }),
  }
}
