import { formatDateTime } from '../core/date-time.ts'
import { ProcuraError } from '../errors.ts'
import type { AgentContext } from './agent-context.ts'
import type { DelegatedChain, Derivation } from './derive-chain.ts'
import type { IssuerClient } from './issuer-client.ts'
import { mayPass } from './issuer-problem.ts'
import { type Sleep, withRetries } from './retry.ts'

/** How a run ended: the issuer revoked its credential, or it was never registered and lapses by itself. */
export type RunOutcome = 'completed' | 'lapses'

/**
 * How often a run is derived anew because its index is already registered: that happens when the answer to an
 * earlier registration was lost and the index was taken back.
 */
const MAX_INDEX_CONFLICTS = 8

/** What the issuer says of a run below a link that was rotated or narrowed: there is another chain to be had. */
const OUTDATED: ReadonlySet<string> = new Set(['chain_refused', 'delegation_ended'])

/**
 * Derives a run and registers it. A run that the issuer does not take is never released, so its indexes go back. Where that is because
 * the chain above is out of date, the chain is fetched again, and the run derived anew.
 *
 * @throws {ProcuraError} `ERR_PROCURA_ISSUER_REFUSED`, `ERR_PROCURA_ISSUER_UNREACHABLE` after three tries, or what
 *   `derive` threw.
 */
export async function registered(
  { keeper, ledger, ports }: AgentContext,
  issuer: IssuerClient,
  derive: () => Promise<Derivation>,
): Promise<Derivation> {
  let mayReplace = true
  for (let conflicts = 0; ; conflicts++) {
    const { held } = keeper
    const derivation = await derive()
    try {
      await withRetries(() => register(issuer, derivation.released), mayPass, ports.sleep)
      return derivation
    } catch (error) {
      if (hasProblem(error, 'already_registered')) {
        if (conflicts < MAX_INDEX_CONFLICTS) continue
        throw error
      }
      ledger.giveBack(derivation.entries)
      const isReplaced = mayReplace && isOutdated(error) && (await keeper.replaceRefused(held))
      if (!isReplaced) throw error
      mayReplace = false
    }
  }
}

/** Link 0 stays out: the issuer has it. A registration that was heard twice has one effect. */
async function register(issuer: IssuerClient, { id, chain }: DelegatedChain): Promise<void> {
  const body = { chain: chain.slice(1) }
  await issuer.call({ method: 'POST', path: '/v1/runs', body, idempotencyKey: id })
}

export interface CompletionOptions {
  readonly released: DelegatedChain
  /** Ends all use of the run's identity in this process. */
  readonly close: () => void
  /** Where the run is registered; `undefined` if nowhere. */
  readonly issuer: IssuerClient | undefined
  readonly sleep: Sleep
}

/**
 * Makes the function that completes a run: it ends the identity here at once, then tells the issuer. Calling it
 * again repeats only what did not succeed.
 *
 * @returns A function that rejects, after three tries, with what the issuer client threw.
 */
export function runCompletion({
  released,
  close,
  issuer,
  sleep,
}: CompletionOptions): () => Promise<RunOutcome> {
  let outcome: RunOutcome | undefined
  return async () => {
    close()
    if (outcome === undefined && issuer !== undefined) await complete(issuer, released, sleep)
    outcome ??= issuer === undefined ? 'lapses' : 'completed'
    return outcome
  }
}

async function complete(
  issuer: IssuerClient,
  { id, validUntil }: DelegatedChain,
  sleep: Sleep,
): Promise<void> {
  const call = { method: 'POST', path: `/v1/runs/${encodeURIComponent(id)}/complete`, body: {} } as const
  try {
    await withRetries(() => issuer.call(call), mayPass, sleep)
  } catch (error) {
    if (hasProblem(error, 'run_ended')) return
    throw notCompleted(error, validUntil)
  }
}

function isOutdated(error: unknown): boolean {
  return error instanceof ProcuraError && OUTDATED.has(error.problem?.code ?? '')
}

/** Whoever ended the run before us did what we wanted. */
function hasProblem(error: unknown, code: string): boolean {
  return error instanceof ProcuraError && error.problem?.code === code
}

function notCompleted(error: unknown, validUntil: number): unknown {
  if (!(error instanceof ProcuraError)) return error
  const { code, problem, message } = error
  const end = formatDateTime(validUntil)
  return new ProcuraError(
    code,
    `the run was not completed; if nothing else ends its credential, it is good until ${end}; call complete() again, or revoke it: ${message}`,
    problem === undefined ? { cause: error } : { cause: error, problem },
  )
}
