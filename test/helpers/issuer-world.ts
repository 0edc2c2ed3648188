import { randomUUID } from 'node:crypto'
import { parseLink } from '../../src/delegation/parse-link.ts'
import { credentialToJson } from '../../src/model/build-credential.ts'
import type { DelegationCredential, DerivedSubject } from '../../src/model/credential.ts'
import type { Did } from '../../src/model/did.ts'
import type { Signer } from '../../src/model/signer.ts'
import { signCompactJws } from '../../src/securing/vc-jose/sign.ts'
import {
  type Answer,
  addAgent,
  addDelegation,
  addOwner,
  type Caller,
  didOf,
  newCaller,
  newSigner,
} from './issuer-service.ts'
import { acceptedValue } from './signers.ts'

export interface RunChanges {
  readonly subject?: Partial<DerivedSubject>
  readonly credential?: Partial<DelegationCredential>
  /** Which of the parent's leased indexes it takes. Default 0. */
  readonly nth?: number
  readonly signer?: Signer
}

/**
 * A run's credential as an agent signs it, offline: the narrowest window, the parent's grant, an index of its lease.
 *
 * @returns The tokens for `POST /v1/runs`: `above` and the new one.
 */
export async function signRun(
  above: readonly string[],
  signer: Signer,
  changes: RunChanges = {},
): Promise<string[]> {
  const { credential: parent, digest } = acceptedValue(await parseLink(above.at(-1) ?? ''))
  if (parent.type !== 'DelegationCredential') throw new Error('the parent is a delegation')
  const lease = parent.subject.statusLease[0]
  const { authorizationDetails } = parent.subject
  const credential: DelegationCredential = {
    type: 'DelegationCredential',
    id: `urn:uuid:${randomUUID()}`,
    issuer: parent.subject.id,
    validFrom: Math.max(parent.validFrom, Date.now() - 1000),
    validUntil: Math.min(parent.validUntil, Date.now() + 900_000),
    ...(lease !== undefined && {
      status: {
        revocation: lease.revocation,
        suspension: lease.suspension,
        index: lease.indexes[changes.nth ?? 0] ?? -1,
      },
    }),
    ...changes.credential,
    subject: {
      kind: 'Run',
      id: didOf(await newSigner()) as Did,
      parent: { id: parent.id, digest },
      authorizationDetails: authorizationDetails === 'inherit' ? [] : authorizationDetails,
      maxDepth: 0,
      allowStatusless: false,
      statusLease: [],
      lineage: { rootTask: 'triage', run: 'run-1' },
      ...changes.subject,
    },
  }
  const token = await signCompactJws({
    typ: 'vc+jwt',
    payload: credentialToJson(credential),
    signer: changes.signer ?? signer,
  })
  return [...above, token]
}

/** An owner who calls, an agent of theirs with a delegation, and a registered run. */
export interface World {
  readonly owner: Answer['json']
  readonly ownerCaller: Caller
  readonly agent: Answer['json']
  readonly agentCaller: Caller
  readonly delegation: Answer['json']
  readonly run: Answer['json']
}

export async function buildWorld(url: string, admin: Caller): Promise<World> {
  const ownerCaller = await newCaller(url)
  const owner = await addOwner(admin, { principal: ownerCaller.did })
  const { agent, caller: agentCaller } = await addAgent(url, admin, owner.id)
  const delegation = await addDelegation(admin, agent.id)
  const run = await registerRun(agentCaller, delegation)
  return { owner, ownerCaller, agent, agentCaller, delegation, run }
}

/** Registers a run under a delegation as the API showed it. */
export async function registerRun(
  agent: Caller,
  delegation: Answer['json'],
  changes: RunChanges = {},
): Promise<Answer['json']> {
  const chain = await signRun([delegation.chain[1]], agent.signer, changes)
  const answer = await agent.post('/v1/runs', { chain })
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`)
  return answer.json
}
