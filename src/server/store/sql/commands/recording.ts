import type { IssuedCredential, SignedAbout, SignedCredential } from '../../../../issuer/issued-credential.ts'
import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import { assertMayGrow, findStanding, type Standing } from '../eligibility.ts'
import { isActiveKey } from '../keys.ts'
import { findCredential, findPendingUntil } from '../queries.ts'
import { done, found, refuseWrite, replay, type WriteSession } from '../session.ts'
import { recordStep, type SigningStep } from './issuing.ts'
import { assertOwnTenant } from './registry.ts'
import { takePlace } from './succession.ts'

export async function recordCredential(
  session: WriteSession,
  input: SignedCredential,
  context: WriteContext,
): Promise<Written<IssuedCredential>> {
  assertOwnTenant(input.tenant, context)
  const { db } = session
  const credential = found(await findCredential(db, input.tenant, input.id))
  const step = await stepOf(session, credential, input)
  if (step === undefined) return replay(credential)
  const standing = found(await findStanding(db, input.tenant, credential.ownerId, credential.agentId))
  assertMayGrow(standing)
  await assertSignedByActiveKey(session, credential, input)
  assertStillTrue(credential, standing, input.about)
  await insertForm(session, input, step)
  if (step !== 'secure') await db.run(ACTIVATE[step], input.about.ownerVersion, input.tenant, input.id)
  if (step === 'issue') await takePlace(session, credential, context)
  const recorded =
    step === 'renew' ? found(await findCredential(db, input.tenant, input.id)) : secured(credential, input)
  await recordStep(session, { credential: recorded, standing, step, mechanism: input.mechanism }, context)
  return done(recorded)
}

/** What the authority signed while its key was rotated is signed anew; owners have one key for life. */
async function assertSignedByActiveKey(
  { db }: WriteSession,
  { kind, tenant }: IssuedCredential,
  { keyId }: SignedCredential,
): Promise<void> {
  if (kind !== 'owner' || (await isActiveKey(db, tenant, 'authority', keyId))) return
  refuseWrite({ code: 'conflict', reason: 'changed_meanwhile' })
}

/** Forms are of one version: a renewed text is the first of its own. */
async function insertForm(
  { db }: WriteSession,
  { tenant, id, mechanism, text }: SignedCredential,
  step: SigningStep,
): Promise<void> {
  if (step === 'renew')
    await db.run('DELETE FROM credential_forms WHERE tenant_id = ? AND id = ?', tenant, id)
  const sql = 'INSERT INTO credential_forms (tenant_id, id, mechanism, text) VALUES (?, ?, ?, ?)'
  await db.run(sql, tenant, id, mechanism, text)
}

/** Nothing is released that names a key which was replaced, or what an owner held before. */
function assertStillTrue(
  { kind, endsAt }: IssuedCredential,
  { owner, agent }: Standing,
  about: SignedAbout,
): void {
  const isTrue =
    endsAt === undefined &&
    owner.did === about.ownerDid &&
    agent?.did === about.agentDid &&
    (kind === 'agent' || owner.version === about.ownerVersion)
  if (!isTrue) refuseWrite({ code: 'conflict', reason: 'changed_meanwhile' })
}

const ACTIVATE = {
  issue: "UPDATE credentials SET state = 'active', owner_version = ? WHERE tenant_id = ? AND id = ?",
  renew: `UPDATE credentials SET owner_version = ?, valid_from = pending_from, valid_until = pending_until, pending_from = NULL,
    pending_until = NULL WHERE tenant_id = ? AND id = ?`,
}

function secured(credential: IssuedCredential, { mechanism, text }: SignedCredential): IssuedCredential {
  return { ...credential, state: 'active', forms: { ...credential.forms, [mechanism]: text } }
}

/** What recording this text finishes; `undefined` when the version has a text in this form. */
async function stepOf(
  { db }: WriteSession,
  { state, validUntil, forms }: IssuedCredential,
  { tenant, id, ...signed }: SignedCredential,
): Promise<SigningStep | undefined> {
  if (state === 'revoked') refuseWrite({ code: 'conflict', reason: 'delegation_ended' })
  if (state === 'active' && (await findPendingUntil(db, tenant, id)) === signed.validUntil) return 'renew'
  if (validUntil !== signed.validUntil) refuseWrite({ code: 'conflict', reason: 'changed_meanwhile' })
  if (state === 'planned') return 'issue'
  return forms[signed.mechanism] === undefined ? 'secure' : undefined
}
