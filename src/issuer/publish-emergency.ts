import { signCompactJws } from '../securing/vc-jose/sign.ts'
import { openEmergency } from '../status/emergency.ts'
import { signEmergency } from '../status/sign-emergency.ts'
import type { EmergencyEntry, EmergencyKind } from './emergency-store.ts'
import type { Issuer } from './issuer.ts'
import type { Tenant } from './records.ts'

/** What heads commit to from now on (`null`: nothing was ever listed), or why there is no head to sign. */
type EmergencyOutcome =
  | { readonly digest: string | null }
  | { readonly reason: 'superseded' }
  | { readonly reason: 'check_failed'; readonly rule: 'emergency' }

/**
 * Signs the emergency list of a tenant when something was added to it, or when the authority has another key, and
 * records it: before the head that commits to it, and whether or not that one can be signed (docs/spec/05-status.md "Emergency list").
 */
export async function publishEmergency(issuer: Issuer, tenant: Tenant): Promise<EmergencyOutcome> {
  const { store, keys, clock, resolver } = issuer
  const { entries, published } = await store.emergency(tenant.id)
  const lastEntry = entries.at(-1)?.number
  if (lastEntry === undefined) return { digest: published?.digest ?? null }
  const signer = await keys.authority(tenant.id)
  if (published?.lastEntry === lastEntry && published.keyId === signer.keyId)
    return { digest: published.digest }
  const claims = {
    issuer: tenant.authority,
    seq: (published?.seq ?? 0) + 1,
    iatMs: clock(),
    ...listedIn(entries),
  }
  const jwt = await signEmergency(claims, (jws) => signCompactJws({ ...jws, signer }))
  const { authority } = tenant
  const opened = await openEmergency(jwt, { authority, resolver, now: claims.iatMs, skewMs: 0 })
  if (!opened.verified) return { reason: 'check_failed', rule: 'emergency' }
  const { seq, digest } = opened.value
  const list = { seq, digest, lastEntry, keyId: signer.keyId, jwt }
  return (await store.recordEmergency(tenant.id, list)) ? { digest } : { reason: 'superseded' }
}

function listedIn(entries: readonly EmergencyEntry[]) {
  const named = (kind: EmergencyKind) =>
    entries.filter((entry) => entry.kind === kind).map(({ name }) => name)
  const [drill] = named('drill')
  return {
    keys: named('key'),
    owners: named('owner'),
    authority: named('authority').length > 0,
    ...(drill === undefined ? {} : { drill }),
  }
}
