import { isJsonObject, type Json, type JsonObject, member } from '../../core/json.ts'
import { PROOF_PURPOSES, type ProofPurpose } from '../../securing/data-integrity/proof.ts'
import { JWT_CLAIMS } from '../../securing/vc-jose/jwt-claims.ts'
import { readPresentation } from '../../vcdm/presentation.ts'
import { json } from '../http/answer.ts'
import { withCors } from '../http/cors.ts'
import { refused, verification } from './answers.ts'
import { readStatusEntry } from './credential-status.ts'
import type { Instance } from './instance.ts'
import { issueCredential } from './issue.ts'
import { type Checked, failed, ofDocument, problem } from './problems.ts'
import { type Audience, securePresentation } from './secure.ts'
import { verifyCredential } from './verify-credential.ts'
import { verifyPresentation } from './verify-presentation.ts'

/** Longest `credentialId`, in characters: as long as a URL may be. */
const MAX_CREDENTIAL_ID_CHARS = 2048

/** One request to an instance. */
export interface InstanceCall {
  readonly instance: Instance
  /** Empty when there is none. */
  readonly body: JsonObject
  /** Where the path has one: the name of a status list. */
  readonly list: string
}

export interface InstanceRoute {
  readonly method: 'GET' | 'POST'
  /** Below the instance; `:list` stands for one segment. */
  readonly path: string
  /** Lists are for everybody: whoever verifies reads them. */
  readonly isPublic?: boolean
  handle(call: InstanceCall): Promise<Response>
}

export const INSTANCE_ROUTES: readonly InstanceRoute[] = [
  { method: 'POST', path: 'credentials/issue', handle: issue },
  { method: 'POST', path: 'credentials/verify', handle: verifyOne },
  { method: 'POST', path: 'credentials/status', handle: updateStatus },
  { method: 'POST', path: 'presentations', handle: present },
  { method: 'POST', path: 'presentations/verify', handle: verifyPresented },
  { method: 'POST', path: 'challenges', handle: challenge },
  { method: 'GET', path: 'status-lists', isPublic: true, handle: showLists },
  { method: 'GET', path: 'status-lists/:list', isPublic: true, handle: showList },
  { method: 'POST', path: 'status-lists/:list/publish', handle: publishList },
]

/** VCALM §3.2.1 "Issue Credential". */
async function issue({ instance, body }: InstanceCall): Promise<Response> {
  const credential = member(body, 'credential')
  if (!isJsonObject(credential)) return missing('credential')
  const credentialId = member(optionsOf(body), 'credentialId')
  const isIdentified = typeof credentialId === 'string' && credentialId.length <= MAX_CREDENTIAL_ID_CHARS
  if (credentialId !== undefined && !isIdentified) return missing('options.credentialId')
  const issued = await issueCredential(credential, credentialId, instance)
  return issued.verified ? json({ verifiableCredential: issued.value }, 201) : refused(issued.problem)
}

/** VCALM §3.3.1 "Verify Credential". */
async function verifyOne({ instance, body }: InstanceCall): Promise<Response> {
  const credential = member(body, 'verifiableCredential')
  if (!isJsonObject(credential)) return missing('verifiableCredential')
  const options = readOptions(body)
  if (!options.verified) return refused(options.problem)
  const checked = await verifyCredential(credential, options.value, instance)
  return verification(checked, instance.mode, ({ document }) => ({ document, mediaType: 'application/vc' }))
}

/** VCALM §3.3.2 "Verify Presentation". */
async function verifyPresented({ instance, body }: InstanceCall): Promise<Response> {
  const presentation = member(body, 'verifiablePresentation')
  if (!isJsonObject(presentation)) return missing('verifiablePresentation')
  const options = readOptions(body)
  if (!options.verified) return refused(options.problem)
  const checked = await verifyPresentation(presentation, options.value, instance)
  return verification(checked, instance.mode, ({ presentation: { document }, credentials }) => ({
    document,
    mediaType: 'application/vp',
    credentialResults: credentials.map((credential) => ({ verified: true, document: credential.document })),
  }))
}

/** VCALM §3.3.3 "Create Challenge". */
async function challenge({ instance }: InstanceCall): Promise<Response> {
  return json({ challenge: instance.challenges.issue() })
}

/** VCALM §3.4.2 "Create Presentation": the instance presents as the holder that it is. */
async function present({ instance, body }: InstanceCall): Promise<Response> {
  const presentation = member(body, 'presentation')
  if (!isJsonObject(presentation)) return missing('presentation')
  const options = readOptions(body)
  if (!options.verified) return refused(options.problem)
  const { proof: _, ...unsigned } = presentation
  const document = { ...unsigned, holder: instance.did }
  const read = readPresentation(document)
  if (!read.verified) return refused(problemOf(ofDocument(read.refusal)))
  // Whom a token is for, and until when, is for who signs it to say: what asks for a presentation names no claims.
  if (JWT_CLAIMS.some((claim) => Object.hasOwn(document, claim))) {
    return refused(problem('MALFORMED_VALUE_ERROR', 'a presentation has no claims of a JWT'))
  }
  try {
    const verifiablePresentation = await securePresentation(document, options.value, instance)
    return json({ verifiablePresentation }, 201)
  } catch {
    return refused(problem('PROOF_GENERATION_ERROR', 'the presentation cannot be secured in this form'))
  }
}

/** VCALM §3.2.3 "Update Status": by the id of the credential, or by its status entry. A revocation is for good. */
async function updateStatus({ instance, body }: InstanceCall): Promise<Response> {
  const { credentialId, credentialStatus = {}, status = true } = body
  const entry: JsonObject = isJsonObject(credentialStatus) ? credentialStatus : {}
  const { statusPurpose = 'revocation', statusListCredential } = entry
  if (statusPurpose !== 'revocation' || status !== true) return missing('credentialStatus')
  if (statusListCredential === undefined) {
    if (typeof credentialId !== 'string') return missing('credentialId')
    return instance.status.revoke(credentialId) ? json({ credentialId, status }) : unknown()
  }
  const read = readStatusEntry({ statusPurpose, ...entry })
  if (!read.verified) return refused(read.problem)
  return instance.status.revokeAt(read.value.list, read.value.index) ? json({ status }) : unknown()
}

async function showLists({ instance }: InstanceCall): Promise<Response> {
  return withCors(json({ statusLists: instance.status.urls }))
}

/** W3C Bitstring Status List §2.2: the credential of a list, as JSON. */
async function showList({ instance, list }: InstanceCall): Promise<Response> {
  const credential = await instance.status.credential(list)
  return credential === undefined ? unknown() : withCors(json(credential))
}

/** Suites ask for a list to be published before they read it; what is read here is never older than what was done. */
async function publishList({ instance, list }: InstanceCall): Promise<Response> {
  const credential = await instance.status.credential(list)
  return credential === undefined ? unknown() : new Response(null, { status: 204 })
}

function unknown(): Response {
  return refused({ type: 'about:blank', title: 'Not Found', detail: 'no such list or credential' }, 404)
}

function missing(name: string): Response {
  return refused(problem('MALFORMED_VALUE_ERROR', `malformed: ${name}`))
}

function problemOf(checked: Checked<never>) {
  return checked.verified ? checked.value : checked.problem
}

function optionsOf(body: JsonObject): JsonObject {
  const options = member(body, 'options')
  return isJsonObject(options) ? options : {}
}

interface AskedOptions extends Audience {
  readonly proofPurpose?: ProofPurpose
}

/** What a caller may ask of a proof. Everything else among the options is none of ours, and changes nothing. */
function readOptions(body: JsonObject): Checked<AskedOptions> {
  const { domain, challenge, expectedProofPurpose } = presentOnly(optionsOf(body))
  const proofPurpose = PROOF_PURPOSES.find((purpose) => purpose === expectedProofPurpose)
  if (expectedProofPurpose !== undefined && proofPurpose === undefined)
    return malformed('expectedProofPurpose')
  if (!isOptionalText(domain)) return malformed('domain')
  if (!isOptionalText(challenge)) return malformed('challenge')
  const value = {
    ...(domain !== undefined && { domain }),
    ...(challenge !== undefined && { challenge }),
    ...(proofPurpose !== undefined && { proofPurpose }),
  }
  return { verified: true, value }
}

/** VC-DI §4.4 asks for what is not null. */
function presentOnly(options: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null))
}

function malformed(name: string): Checked<never> {
  return failed('MALFORMED_VALUE_ERROR', `malformed: options.${name}`)
}

function isOptionalText(value: Json | undefined): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value !== '')
}
