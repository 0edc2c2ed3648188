import { equalBytes } from '../../core/bytes.ts'
import { verifyConsistency } from '../../core/merkle-proof.ts'
import type { TiledTree } from '../../core/merkle-tiles.ts'
import type { StoredCheckpoint } from '../../issuer/audit-store.ts'
import type { Issuer } from '../../issuer/issuer.ts'
import type { Tenant } from '../../issuer/records.ts'
import type { AuditProblem } from '../store/audit-chain.ts'
import {
  auditOrigin,
  type Checkpoint,
  openCheckpoint,
  parseCheckpoint,
  signCheckpoint,
} from './checkpoint.ts'
import { auditTree, growTree } from './grow-tree.ts'

/**
 * What came of it. `nothing_new`: no entry since the last one. `not_our_turn`: another process of the same store publishes.
 * `superseded`: somebody else recorded one meanwhile. `broken`: from entry `seq` on the trail is not what it was, and nothing is
 * signed. `inconsistent`: the tree does not contain the last checkpoint's, or what was signed does not read back.
 */
export type CheckpointOutcome =
  | { readonly made: true; readonly size: number }
  | { readonly made: false; readonly reason: 'nothing_new' | 'not_our_turn' | 'superseded' | 'inconsistent' }
  | { readonly made: false; readonly reason: 'broken'; readonly seq: number; readonly problem: AuditProblem }

/**
 * Takes new entries of one tenant's audit trail into its tree and signs a checkpoint of it (docs/audit.md): grow → check
 * that the tree contains the last checkpoint's → sign → read back → record. A tree that does not contain it is never signed.
 *
 * @throws {ProcuraError} when the store or the key cannot be used.
 */
export async function publishCheckpoint(issuer: Issuer, tenant: Tenant): Promise<CheckpointOutcome> {
  const { store } = issuer
  if (await isAnothersTurn(issuer, tenant)) return { made: false, reason: 'not_our_turn' }
  const growth = await growTree(store, tenant.id)
  if (!growth.grown) return { made: false, reason: 'broken', seq: growth.seq, problem: growth.problem }
  const held = await store.auditCheckpoint(tenant.id)
  if (held === undefined && growth.size === 0) return { made: false, reason: 'nothing_new' }
  if (held !== undefined && held.size > growth.size) {
    return { made: false, reason: 'broken', seq: growth.size, problem: 'truncated' }
  }
  return await extend(issuer, tenant, { size: growth.size, held })
}

/** The turn to publish status is also the turn to sign checkpoints; while nobody has it, anybody may. */
async function isAnothersTurn({ store, clock, instance }: Issuer, { id }: Tenant): Promise<boolean> {
  const turn = await store.publisher(id)
  return turn !== undefined && turn.holder !== instance && clock() < turn.until
}

interface Extension {
  readonly size: number
  readonly held: StoredCheckpoint | undefined
}

async function extend(issuer: Issuer, tenant: Tenant, { size, held }: Extension): Promise<CheckpointOutcome> {
  const { store, keys, clock } = issuer
  const tree = auditTree(store, tenant.id)
  const generation = await store.auditGeneration(tenant.id)
  const origin = auditOrigin(issuer.origin, tenant.id, generation)
  const checkpoint = { origin, size, root: await tree.root(size) }
  if (held !== undefined && !(await continues(tree, held, checkpoint))) {
    return { made: false, reason: 'inconsistent' }
  }
  if (held?.size === size) return { made: false, reason: 'nothing_new' }
  const signer = await keys.audit(tenant.id)
  const note = await signCheckpoint(checkpoint, signer)
  const opened = await openCheckpoint(note, { name: checkpoint.origin, key: signer.publicKey })
  if (opened === undefined || !equalBytes(opened.root, checkpoint.root)) {
    return { made: false, reason: 'inconsistent' }
  }
  const recorded = await store.recordCheckpoint(tenant.id, { size, note, at: clock() })
  return recorded ? { made: true, size } : { made: false, reason: 'superseded' }
}

/** Asks what anybody would ask who holds the older checkpoint. */
async function continues(tree: TiledTree, { note }: StoredCheckpoint, newer: Checkpoint): Promise<boolean> {
  const older = parseCheckpoint(note)
  if (older === undefined || older.size > newer.size) return false
  return verifyConsistency(older, newer, await tree.consistency(older.size, newer.size))
}
