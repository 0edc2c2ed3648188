import { withEach } from '../core/in-turns.ts'
import { MAX_DID_DOCUMENT_ENTRIES } from '../did/parse-did-document.ts'
import type { Issuer } from './issuer.ts'
import type { RotatableUse, StoredKey } from './key-store.ts'
import { type Outcome, refused } from './outcome.ts'
import type { WriteContext } from './ports.ts'
import type { Tenant } from './records.ts'
import { serviceContext } from './service-context.ts'

/**
 * How long the next key stands in the DID document before it signs, in milliseconds: as long as a verifier believes a document
 * that it cannot fetch again (24 h), and as a cache may keep one (5 min). Verifiers that reach the service know it after an hour.
 */
export const PROPAGATION_MS: number = 86_400_000 + 300_000

/**
 * Most keys of one use that a document lists at a time: what a reader takes, with room for rotations at the same moment. With one more,
 * nobody could read the document any more, and nothing of the issuer would be accepted.
 */
export const MAX_LISTED_KEYS: number = MAX_DID_DOCUMENT_ENTRIES - 4

/** Which key is to be replaced, and how. */
export interface RotationRequest {
  readonly use: RotatableUse
  /** Whether the present key is revoked at once, because somebody else may have it; its successor signs at once. */
  readonly isEmergency?: boolean
  /** In how many milliseconds the successor signs. Default {@link PROPAGATION_MS}, for the audit trail 0. */
  readonly propagationMs?: number
  /** URI of the successor in a PKCS#11 token. Default: a new key that the store keeps. */
  readonly signer?: string
}

/**
 * Replaces the key of the authority, of its status issuer, of the audit trail, of webhooks or of security events (docs/spec/08-lifecycle.md "Keys of the
 * service"). In an emergency a successor that is prepared already takes over: verifiers may know it.
 *
 * @returns The successor; `quota_exceeded` while {@link MAX_LISTED_KEYS} stand in the document, unless one of them is revoked by this;
 * `key_is_did` when the authority or the status issuer is a `did:key`, which is its key.
 */
export async function rotateKey(
  issuer: Issuer,
  tenant: Tenant,
  request: RotationRequest,
  context: WriteContext,
): Promise<Outcome<StoredKey>> {
  const { use, isEmergency = false } = request
  const { store, keys } = issuer
  if (!isRotatable(tenant, use)) return refused({ code: 'conflict', reason: 'key_is_did' })
  if (!isEmergency && (await hasFullDocument(issuer, tenant, use)))
    return refused({ code: 'quota_exceeded', limit: MAX_LISTED_KEYS })
  const propagationMs = request.propagationMs ?? (use === 'audit' ? 0 : PROPAGATION_MS)
  const activateAt = isEmergency ? context.at : context.at + propagationMs
  const key = await keys.createSuccessor(tenant.id, use, request.signer)
  const isInToken = request.signer !== undefined
  return await store.rotateKey({ use, key, activateAt, isEmergency, isInToken }, context)
}

/** Keys of the audit trail, of webhooks and of security events stand in no document. */
async function hasFullDocument({ keys }: Issuer, { id }: Tenant, use: RotatableUse): Promise<boolean> {
  if (hasNoDid(use)) return false
  const listed = (await keys.list(id, use)).filter(({ publicKey }) => publicKey !== undefined)
  return listed.length >= MAX_LISTED_KEYS
}

/** Plans successors by schedule, or ends that. @param days After how many the active key shall be replaced. */
export async function scheduleRotation(
  { store }: Issuer,
  tenant: Tenant,
  { use, days }: { readonly use: RotatableUse; readonly days?: number },
  context: WriteContext,
): Promise<Outcome<StoredKey>> {
  if (!isRotatable(tenant, use)) return refused({ code: 'conflict', reason: 'key_is_did' })
  return await store.scheduleKey(use, days, context)
}

/**
 * Does what is due of the keys of all tenants; repeated or interrupted, nothing is done twice. Where it fails for one, the others go on,
 * and it rejects at the end. @param onChange Told of each key that changed.
 */
export async function advanceKeys(issuer: Issuer, onChange: (key: StoredKey) => void): Promise<void> {
  const { store, clock } = issuer
  await withEach(await store.dueKeys(clock(), PROPAGATION_MS), async ({ tenant: id, use, due }) => {
    const tenant = await store.tenant(id)
    if (tenant === undefined) return
    const context = serviceContext(issuer, tenant)
    const changed =
      due === 'step' ? store.advanceKeys(id, context) : prepareSuccessor(issuer, tenant, use, context)
    for (const key of await changed) onChange(key)
  })
}

async function prepareSuccessor(
  issuer: Issuer,
  tenant: Tenant,
  use: RotatableUse,
  context: WriteContext,
): Promise<readonly StoredKey[]> {
  const rotated = await rotateKey(issuer, tenant, { use }, context)
  return rotated.done ? [rotated.value] : []
}

function isRotatable({ authority, statusIssuer }: Tenant, use: RotatableUse): boolean {
  if (hasNoDid(use)) return true
  return !(use === 'authority' ? authority : statusIssuer).startsWith('did:key:')
}

/** Keys of the audit trail, of webhooks and of security events are known by nothing but themselves. */
function hasNoDid(use: RotatableUse): boolean {
  return use !== 'authority' && use !== 'status'
}
