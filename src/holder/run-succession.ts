import { ProcuraError } from '../errors.ts'
import type { ChainKeeper, ChainKeeperOptions } from './chain-keeper.ts'
import { deriveAgain, type PlannedRun } from './derive-run.ts'
import type { HeldChain } from './held-chain.ts'

/**
 * How a run's chain follows what is above it (docs/spec/08-lifecycle.md "Live children"). Where the owner's link alone is new, the run takes that
 * and keeps the rest. Where the link that it stands under gave way to another one, it is derived anew under that one.
 *
 * Only what the issuer knows, or what cannot be revoked at all, is derived anew: whether the index of a run that is registered
 * nowhere was revoked, nobody would say.
 *
 * @param first The chain that the run began with: it ends when that does.
 */
export function runSuccession(
  run: PlannedRun,
  first: HeldChain,
): Required<Pick<ChainKeeperOptions, 'source' | 'isOutdated' | 'isFinal'>> {
  const { keeper } = run.parent
  const { validUntil } = first.own.credential
  const goesOn = run.issuer !== undefined || run.options.statusless === true
  const isMoved = (held: HeldChain) =>
    goesOn && !isUnder(held, keeper) && run.parent.ports.clock() < validUntil
  return {
    isOutdated: (held) => isMoved(held) || (goesOn && keeper.isOutdated),
    isFinal: isEndOfRun,
    async source(held) {
      const above = await chainAbove(held, keeper)
      if (isMoved(held)) return (await unlessOver(deriveAgain(run, validUntil))).released.chain
      const [root = ''] = above.tokens
      return [root, ...held.tokens.slice(1)]
    },
  }
}

/** Fetched again only if the run stands under it: what was replaced since needs no further asking. */
async function chainAbove(held: HeldChain, keeper: ChainKeeper): Promise<HeldChain> {
  return isUnder(held, keeper) ? await keeper.refresh() : keeper.held
}

/** A renewed link keeps its id, and what was derived under its older text is presented with that. */
function isUnder(held: HeldChain, { held: above }: ChainKeeper): boolean {
  const { subject } = held.own.credential
  return 'parent' in subject && subject.parent.id === above.own.credential.id
}

/** Says why it is over, when it is. */
async function unlessOver<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw isEndOfRun(error) ? endOfRun(error) : error
  }
}

/** Nothing that is tried again helps: nothing of its grant is left, or somebody ended it. */
function isEndOfRun(error: unknown): error is ProcuraError {
  if (!(error instanceof ProcuraError)) return false
  return error.code === 'ERR_PROCURA_WIDER_THAN_PARENT' || error.problem?.code === 'run_ended'
}

function endOfRun(cause: ProcuraError): ProcuraError {
  const { code, problem, message } = cause
  if (problem === undefined) {
    const lost = `the run cannot go on under the delegation that its agent has now: ${message}`
    return new ProcuraError(code, lost, { cause })
  }
  const over = 'the run has ended at the issuer: somebody completed or revoked it'
  return new ProcuraError('ERR_PROCURA_DELEGATION_ENDED', over, { cause, problem })
}
