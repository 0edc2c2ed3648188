import type { JsonObject } from '../core/json.ts'
import { createUuidUrn } from '../core/uuid.ts'
import type { Did } from '../model/did.ts'
import { draftCredential, invalidEntitlements, type OwnerWithCredential } from './create-owner.ts'
import { parseEntitlements } from './delegation-terms.ts'
import { preflight } from './issue-credential.ts'
import type { Issuer } from './issuer.ts'
import type { OwnerUpdate } from './lifecycle-store.ts'
import { done, type Outcome, refused } from './outcome.ts'
import { withCredential } from './owner-credential.ts'
import type { WriteContext } from './ports.ts'
import type { OidcSubject } from './principal-id.ts'
import type { Owner, Tenant } from './records.ts'

/** What shall be different; absent members stay. */
export interface OwnerChanges {
  readonly name?: string
  /** Another accountable human, who gets an opaque id of their own; as whom the one before was known is forgotten. */
  readonly accountableName?: string
  /** `null`: no team any more. */
  readonly team?: string | null
  /** `null`: known to no identity provider any more. */
  readonly subject?: OidcSubject | null
  readonly assurance?: string
  readonly entitlements?: readonly JsonObject[]
  readonly revokers?: readonly Did[]
}

/**
 * Changes what an owner is and holds (docs/spec/08-lifecycle.md "Entitlements"). Entitlements that are only added to come with the
 * next credential, under the same index; everything else that the credential says takes the present one out of force in the same
 * transaction. Agents that inherit follow at once.
 */
export async function updateOwner(
  issuer: Issuer,
  { tenant, owner }: { readonly tenant: Tenant; readonly owner: Owner },
  changes: OwnerChanges,
  context: WriteContext,
): Promise<Outcome<OwnerWithCredential>> {
  const entitlements = parseEntitlements(changes.entitlements ?? owner.entitlements)
  if (!entitlements.verified) return refused(invalidEntitlements(entitlements))
  const to = changedOwner(issuer, owner, changes)
  const invalid = preflight(issuer, { tenant, owner: to }, draftCredential(issuer))
  if (invalid !== undefined) return refused(invalid)
  const changed = MEMBERS.filter((member) => !isEqual(to[member], owner[member]))
  const updated =
    changed.length === 0 ? done(owner) : await issuer.store.updateOwner(updateOf(owner, to, changed), context)
  if (!updated.done) return updated
  const parties = { tenant, owner: updated.value }
  return done(await withCredential(issuer, parties, context))
}

type Member = keyof OwnerUpdate['to']

const MEMBERS: readonly Member[] = [
  'name',
  'accountable',
  'accountableName',
  'team',
  'subject',
  'assurance',
  'entitlements',
  'revokers',
]

/** Known to the registry alone: no credential says them. */
const UNSAID: ReadonlySet<Member> = new Set(['name', 'accountableName', 'subject'])

function changedOwner(issuer: Issuer, owner: Owner, { team, subject, ...changes }: OwnerChanges): Owner {
  const { team: before, subject: subjectBefore, ...others } = owner
  const isOther = changes.accountableName !== undefined && changes.accountableName !== owner.accountableName
  const after = team === undefined ? before : (team ?? undefined)
  const kept = isOther ? undefined : subjectBefore
  const subjectAfter = subject === undefined ? kept : (subject ?? undefined)
  return {
    ...others,
    ...changes,
    ...(isOther && { accountable: createUuidUrn(issuer.random) }),
    ...(after !== undefined && { team: after }),
    ...(subjectAfter !== undefined && { subject: subjectAfter }),
  }
}

function updateOf(owner: Owner, to: Owner, changed: readonly Member[]): OwnerUpdate {
  const said = changed.filter((member) => !UNSAID.has(member))
  const onlyWider = said.every((member) => member === 'entitlements') && holdsAll(to, owner)
  return { id: owner.id, version: owner.version, to, changed, replaces: !onlyWider }
}

/** Word by word: what is put in other words may be less. */
function holdsAll(to: Owner, before: Owner): boolean {
  return before.entitlements.every((entry) => to.entitlements.some((other) => isEqual(other, entry)))
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
