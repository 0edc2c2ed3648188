import type { JsonObject } from '../../src/core/json.ts'
import type { ParsedLink } from '../../src/model/chain.ts'
import type { ChainCredential } from '../../src/model/credential.ts'
import type { Did } from '../../src/model/did.ts'
import { parseCredential } from '../../src/model/parse-credential.ts'

/*
 * Sample credentials of one chain: acme's authority → owner → agent → run → helper. Each call makes fresh objects,
 * so that a test may change them.
 */

export const AUTHORITY: Did = 'did:web:id.example'
export const STATUS_ISSUER: Did = 'did:web:id.example:status'
export const OWNER: Did = 'did:key:z6Mkowner'
export const AGENT: Did = 'did:key:z6Mkagent'
export const RUN: Did = 'did:key:z6Mkrun'
export const HELPER: Did = 'did:key:z6Mkhe1per'

export const REVOCATION_LIST = 'https://id.example/status/r7'
export const SUSPENSION_LIST = 'https://id.example/status/s7'

/** 2026-11-22T09:00:00.000Z, a Sunday: when the sample links ≥ 2 begin. */
export const START = Date.UTC(2026, 10, 22, 9)

const CONTEXT = ['https://www.w3.org/ns/credentials/v2', 'https://w3id.org/procura/v1']
const MAIL_GRANT = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read', 'mail.send'] }

/** The `id` and the payload digest that {@link linksOf} gives to the link at a position. */
export function idAt(position: number): string {
  return `urn:uuid:00000000-0000-4000-8000-00000000000${position}`
}
export function digestAt(position: number): string {
  return `zQm${'123456789ABCDEFGHJKMN'.charAt(position).repeat(44)}`
}

/** `credentialStatus` with one index for both purposes. */
export function statusJson(index: number): JsonObject[] {
  const entry = (statusPurpose: string, statusListCredential: string) => ({
    type: 'BitstringStatusListEntry',
    statusPurpose,
    statusListIndex: String(index),
    statusListCredential,
  })
  return [entry('revocation', REVOCATION_LIST), entry('suspension', SUSPENSION_LIST)]
}

/** One entry of `statusLease`. */
export function leaseJson(...indexes: number[]): JsonObject {
  return { revocation: REVOCATION_LIST, suspension: SUSPENSION_LIST, indexes: indexes.map(String) }
}

/** Link 0. `subject` and `top` override members; `undefined` removes one. */
export function ownerJson(subject: Overrides = {}, top: Overrides = {}): JsonObject {
  return credential(0, 'OwnerCredential', AUTHORITY, top, {
    id: OWNER,
    tenant: 'acme',
    environment: 'production',
    accountable: 'urn:uuid:5d0c8f3e-1111-4222-8333-944455566677',
    team: 'support',
    assurance: 'mfa',
    custody: 'service',
    authorizationDetails: [{ ...MAIL_GRANT, inheritable: true }],
    status: { issuer: STATUS_ISSUER, origins: ['https://id.example/status/'] },
    revokers: ['did:key:z6Mkrevoker'],
    ...subject,
  })
}

/** Link 1. */
export function agentJson(subject: Overrides = {}, top: Overrides = {}): JsonObject {
  return credential(1, 'DelegationCredential', OWNER, top, {
    id: AGENT,
    agentId: 'urn:uuid:0b7c9a54-1111-4222-8333-944455566677',
    name: 'Mail triage',
    authority: AUTHORITY,
    tenant: 'acme',
    environment: 'production',
    mode: 'delegated',
    purpose: 'Sorts the support inbox',
    software: { name: 'triage', version: '1.4.0' },
    authorizationDetails: [MAIL_GRANT],
    maxDepth: 2,
    statusLease: [leaseJson(101, 102, 103)],
    allowStatusless: true,
    ...subject,
  })
}

/** Link 2. */
export function runJson(subject: Overrides = {}, top: Overrides = {}): JsonObject {
  return credential(2, 'DelegationCredential', AGENT, top, {
    id: RUN,
    kind: 'Run',
    name: 'triage #4711',
    purpose: 'Reads new mail',
    lineage: { rootTask: 'task-1', parentRun: 'run-0', run: 'run-1' },
    parent: { id: idAt(1), digest: digestAt(1) },
    authorizationDetails: [{ ...MAIL_GRANT, actions: ['mail.read'] }],
    maxDepth: 1,
    statusLease: [leaseJson(102, 103)],
    allowStatusless: true,
    ...subject,
  })
}

/** Link 3. */
export function helperJson(subject: Overrides = {}, top: Overrides = {}): JsonObject {
  return credential(3, 'DelegationCredential', RUN, top, {
    id: HELPER,
    kind: 'SubAgent',
    lineage: { rootTask: 'task-1' },
    parent: { id: idAt(2), digest: digestAt(2) },
    authorizationDetails: [{ ...MAIL_GRANT, actions: ['mail.read'] }],
    maxDepth: 0,
    ...subject,
  })
}

type Overrides = { readonly [name: string]: unknown }

function credential(
  position: number,
  type: string,
  issuer: Did,
  top: Overrides,
  subject: Overrides,
): JsonObject {
  return clean({
    '@context': CONTEXT,
    id: idAt(position),
    type: ['VerifiableCredential', type],
    issuer,
    validFrom: '2026-11-22T09:00:00.000Z',
    validUntil: '2026-11-22T09:15:00.000Z',
    credentialStatus: statusJson(100 + position - 1),
    credentialSubject: subject,
    ...top,
  })
}

/** Plain JSON: without `undefined` members, sharing nothing with the constants above. */
function clean(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value))
}

/** The credential in a JSON that must be valid. */
export function parsed(json: JsonObject): ChainCredential {
  const verdict = parseCredential(json)
  if (!verdict.verified) throw new Error(`the sample is refused: ${JSON.stringify(verdict.refusal)}`)
  return verdict.value
}

/** A link as a securing mechanism would parse it, with {@link digestAt} its position. Its signature is empty. */
export function linkOf(credential: ChainCredential, position: number): ParsedLink {
  const bytes = new Uint8Array()
  return {
    mechanism: 'vc+jwt',
    credential,
    digest: digestAt(position),
    signatures: [
      {
        verificationMethod: `${credential.issuer}#key`,
        algorithm: 'EdDSA',
        signingInput: bytes,
        signature: bytes,
      },
    ],
    token: '',
  }
}

export function linksOf(...documents: readonly JsonObject[]): ParsedLink[] {
  return documents.map((json, position) => linkOf(parsed(json), position))
}
