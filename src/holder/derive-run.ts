import { createUuidUrn } from '../core/uuid.ts'
import { rootTaskOf } from '../model/chain.ts'
import type { Signer } from '../model/signer.ts'
import type { AgentContext } from './agent-context.ts'
import { subjectOf } from './agent-keys.ts'
import { chainToDeriveFrom, type Derivation, type DerivationRequest, deriveChain } from './derive-chain.ts'
import { fitGrant } from './fit-grant.ts'
import { growLease } from './grow-lease.ts'
import type { HeldChain } from './held-chain.ts'
import type { IssuerClient } from './issuer-client.ts'
import type { RunOptions } from './run-identity.ts'
import { registered } from './run-registration.ts'

/** A run, as it is derived once, and again whenever what is above it is replaced. */
export interface PlannedRun {
  readonly parent: AgentContext
  readonly options: RunOptions
  readonly signer: Signer
  /** Of the run: the id of its first credential, and `run` in the lineage of all. */
  readonly id: string
  /** Where it is registered; `undefined` if nowhere. */
  readonly issuer: IssuerClient | undefined
}

/**
 * Derives the first credential of a run, and registers it.
 *
 * @throws {ProcuraError} As `Agent.run` says.
 */
export async function deriveRun(run: PlannedRun): Promise<Derivation> {
  const { parent, issuer, options } = run
  const derive = () =>
    withinLease(parent, async () => {
      const held = await chainToDeriveFrom(parent, options.lifetime)
      return { held, request: requestOf(run, held, run.id) }
    })
  return issuer === undefined ? await derive() : await registered(parent, issuer, derive)
}

/**
 * Derives a further credential of a run (docs/spec/08-lifecycle.md "Live children"): the same key and lineage, under the link that took the place
 * of the one above, until the run ends. What the new link does not allow is left out.
 *
 * @param validUntil When the run ends, in milliseconds since 1970.
 * @throws {ProcuraError} As `Agent.run`; `ERR_PROCURA_WIDER_THAN_PARENT` when nothing of it is left.
 */
export async function deriveAgain(run: PlannedRun, validUntil: number): Promise<Derivation> {
  const { parent, issuer } = run
  const derive = () =>
    withinLease(parent, async () => {
      const held = await parent.keeper.usable()
      const id = createUuidUrn(parent.ports.random)
      const notAfter = Math.min(validUntil, held.own.credential.validUntil)
      return { held, request: { ...narrowed(requestOf(run, held, id), held), notAfter } }
    })
  return issuer === undefined ? await derive() : await registered(parent, issuer, derive)
}

function requestOf({ options, signer, id: run }: PlannedRun, held: HeldChain, id: string): DerivationRequest {
  const { task, rootTask, key: _, register: __, ...onward } = options
  const lineage = { rootTask: rootTask ?? rootTaskOf(held.links) ?? task, run }
  return { ...onward, id, to: subjectOf(signer), kind: 'Run', name: task, lineage }
}

function narrowed(request: DerivationRequest, held: HeldChain): DerivationRequest {
  const { maxDepth, allowStatusless } = held.own.credential.subject
  const { grant } = request
  return {
    ...request,
    grant: fitGrant(held, 'type' in grant ? [grant] : grant),
    maxDepth: Math.max(0, Math.min(request.maxDepth ?? 0, maxDepth - 1)),
    allowStatusless: request.allowStatusless === true && allowStatusless,
  }
}

interface Attempt {
  readonly held: HeldChain
  readonly request: DerivationRequest
}

async function withinLease(parent: AgentContext, prepare: () => Promise<Attempt>): Promise<Derivation> {
  for (;;) {
    const { held, request } = await prepare()
    try {
      return await deriveChain(held, request, parent)
    } catch (error) {
      await growLease(parent.keeper, held, error)
    }
  }
}
