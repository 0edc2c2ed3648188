import { ProcuraError } from '../errors.ts'
import type { AgentStorage } from './agent-storage.ts'
import { type HeldChain, holdGivenChain } from './held-chain.ts'

/**
 * The chain that an agent starts with: the one given, or the one that it saved, if that is a later renewal of the
 * same delegation. A given chain is saved, so that the storage alone is enough the next time.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` when there is none, or the given one does not join;
 *   `ERR_PROCURA_STORAGE` when the saved one does not.
 */
export async function initialChain(options: {
  readonly chain?: readonly string[]
  readonly storage?: AgentStorage
}): Promise<HeldChain> {
  const given = options.chain === undefined ? undefined : await holdGivenChain(options.chain)
  const tokens = await options.storage?.loadChain()
  const saved = tokens === undefined ? undefined : await holdGivenChain(tokens, 'ERR_PROCURA_STORAGE')
  if (saved !== undefined && (given === undefined || isRenewalOf(saved, given))) return saved
  if (given !== undefined) {
    await options.storage?.saveChain(given.tokens)
    return given
  }
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_ARGUMENT',
    'an agent needs a chain; give chain (PROCURA_CREDENTIAL), or a storage that holds one (PROCURA_STATE)',
  )
}

function isRenewalOf({ own: later }: HeldChain, { own: earlier }: HeldChain): boolean {
  const isSame = later.credential.id === earlier.credential.id
  return isSame && later.credential.validUntil > earlier.credential.validUntil
}
