import { ProcuraError } from '../errors.ts'
import type { Refusal } from '../refusal.ts'

/** What a delegation may not exceed, by the member at which joining or attenuating refuses it. */
const LIMITS: ReadonlyMap<string | undefined, string> = new Map([
  [
    'validUntil',
    'it would outlive the delegation of the agent itself; choose a shorter lifetime, or renew first',
  ],
  [
    'credentialSubject.maxDepth',
    'the agent may not delegate that deep; lower maxDepth, or ask the owner for more',
  ],
  [
    'credentialSubject.allowStatusless',
    'the agent itself may not; ask the owner for a delegation with allowStatusless',
  ],
  [
    'credentialStatus',
    'only a last link may go without status, where the owner and every agent in between allow it',
  ],
])

const FAULTS: ReadonlyMap<string | undefined, string> = new Map([
  ['credentialSubject.name', 'name must have 1 to 128 characters, none that hides or reorders text'],
  ['credentialSubject.purpose', 'purpose must have 1 to 512 characters, none that hides or reorders text'],
  [
    'credentialSubject.id',
    'to must be a did:key or did:jwk that is not in the chain already; each link has a key of its own',
  ],
  [
    'credentialSubject.lineage.rootTask',
    'lineage.rootTask must be that of the chain (or be left out), in at most 128 characters',
  ],
])

/** Explains to the caller why the delegation asked for would be refused by everyone. */
export function derivationError({ code, dimension }: Refusal): ProcuraError {
  if (code === 'limit_exceeded') {
    return new ProcuraError(
      'ERR_PROCURA_PAYLOAD_TOO_LARGE',
      `the delegation would pass a limit of the protocol (${dimension})`,
    )
  }
  if (code === 'capability_escalated')
    return wider(dimension, `its ${dimension} go beyond those of the agent itself`)
  const limit = LIMITS.get(dimension)
  if (limit !== undefined && code !== 'malformed') return wider(dimension, limit)
  return new ProcuraError(
    'ERR_PROCURA_INVALID_ARGUMENT',
    `the delegation would be refused: ${FAULTS.get(dimension) ?? `${dimension} has not the form of the protocol`}`,
  )
}

function wider(dimension: string | undefined, reason: string): ProcuraError {
  return new ProcuraError(
    'ERR_PROCURA_WIDER_THAN_PARENT',
    `the delegation is too wide (${dimension}): ${reason}`,
  )
}
