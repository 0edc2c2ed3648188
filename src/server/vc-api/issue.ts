import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../../core/json.ts'
import { PROCURA_CONTEXT } from '../../model/credential.ts'
import { STATUS_ENTRY_TYPE } from '../../model/status-list-entry.ts'
import { STATUS_LIST_CREDENTIAL_TYPE } from '../../status/status-list-credential.ts'
import { VC_1_CONTEXT } from '../../vcdm/context.ts'
import { type GenericCredential, readCredential } from '../../vcdm/credential.ts'
import { typesOf } from '../../vcdm/rules.ts'
import { CREDENTIAL_TERMS } from '../../vcdm/terms.ts'
import { readStatusEntry } from './credential-status.ts'
import { needsRdf } from './forms.ts'
import { type Instance, versionsOf } from './instance.ts'
import { type Checked, failed, ofDocument } from './problems.ts'
import { secureCredential } from './secure.ts'
import { findUndefined } from './terms.ts'

/** What says whom an agent acts for, and what revokes it: these are signed by an authority, from its registry. */
const REFUSED_TYPES = ['OwnerCredential', 'DelegationCredential', STATUS_LIST_CREDENTIAL_TYPE]

/** Defines the terms of a status entry, and of a proof, where the base context does not: in VCDM 1.1. */
const CONTEXTS_FOR_1 = [
  'https://www.w3.org/ns/credentials/status/v1',
  'https://w3id.org/security/data-integrity/v2',
]

/**
 * Issues a credential of any kind in the name of the instance: whatever issuer it names becomes the instance's DID. It
 * gets a status entry of its own, beside any that it has.
 *
 * @param credentialId By which its status is to be changed. Default: its `id`.
 * @returns The credential with a proof or in an envelope, or the first problem.
 */
export async function issueCredential(
  given: JsonObject,
  credentialId: string | undefined,
  instance: Instance,
): Promise<Checked<JsonObject>> {
  const credential = readCredential(given, { versions: versionsOf(instance) })
  if (!credential.verified) return ofDocument(credential.refusal)
  const refused = findUnissuable(credential.value)
  if (refused !== undefined) return refused
  const { proof: _, ...document } = given
  const terms = CREDENTIAL_TERMS[credential.value.version]
  const undefinedTerm = await findUndefined(document, needsRdf(instance.form) ? undefined : terms)
  if (undefinedTerm !== undefined) return ofDocument(undefinedTerm.refusal)
  const entry = instance.status.allocate(credentialId ?? credential.value.id)
  const issued = withStatus(withIssuer(given, instance), entry, credential.value)
  try {
    return { verified: true, value: await secureCredential(issued, instance) }
  } catch {
    return failed('PROOF_GENERATION_ERROR', 'the credential cannot be secured in this form')
  }
}

function findUnissuable({ document, status }: GenericCredential): Checked<never> | undefined {
  const contexts = member(document, '@context')
  const isOurs = isJsonArray(contexts) && contexts.includes(PROCURA_CONTEXT)
  if (isOurs || hasRefusedType(document)) {
    return failed('not_issued_here', 'delegations and status lists are issued by their authority alone')
  }
  for (const entry of status) {
    const read = typesOf(member(entry, 'type')).includes(STATUS_ENTRY_TYPE)
      ? readStatusEntry(entry)
      : undefined
    if (read?.verified === false) return read
  }
  return undefined
}

/**
 * Whether anything in a document has one of {@link REFUSED_TYPES}. RDF has neither the names nor the places of JSON: a type
 * that is written as its address, or at another node with the id of the credential, would be signed as the
 * credential's own.
 */
function hasRefusedType(json: Json): boolean {
  if (isJsonArray(json)) return json.some(hasRefusedType)
  if (!isJsonObject(json)) return false
  const type = member(json, 'type') ?? []
  return (isJsonArray(type) ? type : [type]).some(isRefusedType) || Object.values(json).some(hasRefusedType)
}

function isRefusedType(type: Json): boolean {
  if (typeof type !== 'string') return false
  return REFUSED_TYPES.some((name) => type === name || (type.includes(':') && type.endsWith(name)))
}

function withIssuer(document: JsonObject, { did }: Instance): JsonObject {
  const issuer = member(document, 'issuer')
  return { ...document, issuer: isJsonObject(issuer) ? { ...issuer, id: did } : did }
}

function withStatus(
  document: JsonObject,
  entry: JsonObject,
  { version, status }: GenericCredential,
): JsonObject {
  const credentialStatus = status.length === 0 ? entry : [...status, entry]
  if (version === '2.0') return { ...document, credentialStatus }
  const given = member(document, '@context')
  const contexts = isJsonArray(given) ? given : [VC_1_CONTEXT]
  const missing = CONTEXTS_FOR_1.filter((context) => !contexts.includes(context))
  return { ...document, '@context': [...contexts, ...missing], credentialStatus }
}
