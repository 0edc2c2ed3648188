import { sha256 } from '#crypto'
import { encodeBase64url } from '../../../src/core/base64url.ts'
import { encodeUtf8 } from '../../../src/core/bytes.ts'
import type { Random } from '../../../src/core/clock.ts'
import { type Json, type JsonObject, parseStrictJson } from '../../../src/core/json.ts'
import { parseLink } from '../../../src/delegation/parse-link.ts'
import type { Mechanism, ParsedLink } from '../../../src/model/chain.ts'
import { UPLOAD_PATH } from '../../../src/model/chain-upload.ts'
import type { Did, DidUrl } from '../../../src/model/did.ts'
import type { Signer } from '../../../src/model/signer.ts'
import {
  type SignDataIntegrityOptions,
  signDataIntegrity,
} from '../../../src/securing/data-integrity/sign.ts'
import {
  formatAgentDelegation,
  formatReference,
} from '../../../src/securing/http-signature/agent-delegation.ts'
import { digestChain, formatUpload } from '../../../src/securing/http-signature/chain-upload.ts'
import { AGENT_DELEGATION_PROFILE } from '../../../src/securing/http-signature/profile.ts'
import { signRequest } from '../../../src/securing/http-signature/sign.ts'
import { signCredential } from '../../../src/securing/sign-credential.ts'
import { presentationOf } from '../../../src/securing/vc-jose/presented-credential.ts'
import { type SignVpJwtOptions, signVpJwt } from '../../../src/securing/vc-jose/sign-vp-jwt.ts'
import { deterministicRandom, deterministicSigner } from '../../helpers/deterministic-signer.ts'
import type { VectorRequest } from '../format.ts'

/** A Sunday. Every vector is evaluated then, unless it says otherwise. */
export const AT = '2026-11-22T09:00:00.000Z'
export const NOW: number = Date.parse(AT)
export const HOUR = 3_600_000
export const ORIGIN = 'https://mail.example'
export const AUDIENCE = `${ORIGIN}/`
/** Under which the status of the authority lies. */
export const BASE = 'https://id.example/status/acme'
const CONTEXT: readonly string[] = ['https://www.w3.org/ns/credentials/v2', 'https://w3id.org/procura/v1']
/** What is asked for where nothing else matters. */
export const READ = { action: 'mail.read' }

export interface Person {
  readonly did: Did
  readonly signer: Signer
}

export interface Cast {
  readonly authority: Person
  readonly status: Person
  readonly owner: Person
  readonly agent: Person
  readonly sub: Person
  readonly run: Person
  /** Nobody's friend. */
  readonly mallory: Person
}

/** Members to put over others; `undefined` takes one away. */
export type Overrides = Readonly<Record<string, Json | undefined>>

/** ISO 8601, `ms` from {@link AT}. */
export function time(ms: number): string {
  return new Date(NOW + ms).toISOString()
}

export async function person(name: string, type?: 'Ed25519' | 'P-256', keyId?: DidUrl): Promise<Person> {
  const signer = await deterministicSigner(`procura vectors ${name} ${type ?? ''}`, type, keyId)
  return { did: signer.keyId.split('#')[0] as Did, signer }
}

/** Members over a document, as JSON carries it. */
export function over(document: JsonObject, changes: Overrides): JsonObject {
  return JSON.parse(JSON.stringify({ ...document, ...changes }))
}

export function grant(changes: Overrides = {}): JsonObject {
  return over({ type: 'api', locations: [AUDIENCE], actions: ['mail.read', 'mail.send'] }, changes)
}

/** Both entries of `credentialStatus`. */
export function statusEntries(index: Json, base: string = BASE, pair = 1): JsonObject[] {
  const entry = (statusPurpose: string, id: string): JsonObject => ({
    type: 'BitstringStatusListEntry',
    statusPurpose,
    statusListIndex: typeof index === 'number' ? String(index) : index,
    statusListCredential: `${base}/${id}${pair}`,
  })
  return [entry('revocation', 'r'), entry('suspension', 's')]
}

export function lease(...indexes: number[]): JsonObject {
  return { revocation: `${BASE}/r1`, suspension: `${BASE}/s1`, indexes: indexes.map(String) }
}

export interface RequestOptions {
  readonly by?: Person
  readonly method?: string
  readonly target?: string
  readonly origin?: string
  readonly body?: string
  readonly contentType?: string
  /** `Agent-Delegation`, if not the chain. */
  readonly field?: string
  /** Milliseconds from {@link AT}. */
  readonly at?: number
  readonly expiresInSeconds?: number
}

/** Credentials, chains and presentations of one cast, the same in every run. */
export class Scene {
  readonly cast: Cast
  readonly random: Random

  private constructor(cast: Cast, seed: string) {
    this.cast = cast
    this.random = deterministicRandom(seed)
  }

  /** @param seed What random bytes depend on: themes do not disturb each other. */
  static async create(seed: string, type?: 'P-256', changes: Partial<Cast> = {}): Promise<Scene> {
    const names = ['authority', 'owner', 'agent', 'sub', 'run', 'mallory'] as const
    const people = await Promise.all(names.map(async (name) => [name, await person(name, type)] as const))
    const status = await person('status')
    return new Scene({ ...(Object.fromEntries(people) as unknown as Cast), status, ...changes }, seed)
  }

  ownerJson(subject: Overrides = {}, top: Overrides = {}): JsonObject {
    const { authority, owner, status } = this.cast
    const own = {
      id: owner.did,
      tenant: 'acme',
      environment: 'production',
      accountable: 'urn:uuid:00000000-0000-4000-8000-0000000000aa',
      assurance: 'mfa',
      custody: 'service',
      authorizationDetails: [grant()],
      status: { issuer: status.did, origins: [`${BASE}/`] },
    }
    return credential('OwnerCredential', 0, authority.did, [-HOUR, 720 * HOUR], over(own, subject), {
      credentialStatus: statusEntries(1),
      ...top,
    })
  }

  agentJson(subject: Overrides = {}, top: Overrides = {}): JsonObject {
    const { authority, owner, agent } = this.cast
    const own = {
      id: agent.did,
      agentId: 'agt_mailer',
      authority: authority.did,
      tenant: 'acme',
      environment: 'production',
      mode: 'delegated',
      purpose: 'answers support mail',
      authorizationDetails: [grant()],
      maxDepth: 2,
      statusLease: [lease(10, 11, 12, 13)],
    }
    return credential('DelegationCredential', 1, owner.did, [-HOUR, 23 * HOUR], over(own, subject), {
      credentialStatus: statusEntries(2),
      ...top,
    })
  }

  /** A link below the one with this text; by default a sub-agent's with the first leased index. */
  async derivedJson(parent: string, subject: Overrides = {}, top: Overrides = {}): Promise<JsonObject> {
    const { credential: above, digest } = await read(parent)
    const own = {
      id: this.cast.sub.did,
      kind: 'SubAgent',
      parent: { id: above.id, digest },
      authorizationDetails: [grant({ actions: ['mail.read'] })],
    }
    return credential('DelegationCredential', 2, above.subject.id, [0, HOUR / 4], over(own, subject), {
      credentialStatus: statusEntries(10),
      ...top,
    })
  }

  sign(json: JsonObject, by: Person, mechanism: Mechanism = 'vc+jwt'): Promise<string> {
    return signCredential({ credential: json, mechanism, signer: by.signer, random: this.random })
  }

  owner(subject: Overrides = {}, top: Overrides = {}, mechanism?: Mechanism): Promise<string> {
    return this.sign(this.ownerJson(subject, top), this.cast.authority, mechanism)
  }

  agent(subject: Overrides = {}, top: Overrides = {}, mechanism?: Mechanism): Promise<string> {
    return this.sign(this.agentJson(subject, top), this.cast.owner, mechanism)
  }

  async derived(
    parent: string,
    subject: Overrides = {},
    top: Overrides = {},
    by = this.cast.agent,
  ): Promise<string> {
    return this.sign(await this.derivedJson(parent, subject, top), by)
  }

  async twoLinks(subject: Overrides = {}, top: Overrides = {}): Promise<[string, string]> {
    return [await this.owner(), await this.agent(subject, top)]
  }

  async threeLinks(subject: Overrides = {}, top: Overrides = {}): Promise<[string, string, string]> {
    const [owner, agent] = await this.twoLinks()
    return [owner, agent, await this.derived(agent, subject, top)]
  }

  async request(texts: readonly string[], options: RequestOptions = {}): Promise<VectorRequest> {
    const { method = 'GET', target = '/inbox', origin = ORIGIN, body, by = this.cast.agent } = options
    const field = options.field ?? formatAgentDelegation(texts)
    const headers: Record<string, string> = { 'agent-delegation': field }
    if (body !== undefined) headers['content-type'] = options.contentType ?? 'application/json'
    const { expiresInSeconds } = options
    const fields = await signRequest({
      profile: AGENT_DELEGATION_PROFILE,
      method,
      targetUri: origin + target,
      headers,
      ...(body === undefined ? {} : { body: encodeUtf8(body) }),
      signer: by.signer,
      now: NOW + (options.at ?? 0),
      random: this.random,
      ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }),
    })
    return { method, target, headers: { ...headers, ...fields }, ...(body === undefined ? {} : { body }) }
  }

  upload(texts: readonly string[], options: RequestOptions = {}): Promise<VectorRequest> {
    const field = formatReference(digestChain(texts))
    const body = new TextDecoder().decode(formatUpload(texts))
    return this.request(texts, { method: 'POST', target: UPLOAD_PATH, field, body, ...options })
  }

  refer(texts: readonly string[], options: RequestOptions = {}): Promise<VectorRequest> {
    return this.request(texts, { field: formatReference(digestChain(texts)), ...options })
  }

  token(texts: readonly string[], options: Partial<SignVpJwtOptions> = {}): Promise<string> {
    return signVpJwt({
      texts,
      audience: AUDIENCE,
      signer: this.cast.agent.signer,
      now: NOW,
      lifetimeSeconds: 300,
      random: this.random,
      ...options,
    })
  }

  /** A presentation with a Data Integrity proof. */
  document(
    texts: readonly string[],
    proof: Partial<SignDataIntegrityOptions> = {},
    members: Overrides = {},
  ): Promise<JsonObject> {
    const { signer = this.cast.agent.signer } = proof
    const [holder = ''] = signer.keyId.split('#')
    return signDataIntegrity({
      document: over({ ...presentationOf(texts), holder }, members),
      cryptosuite: signer.algorithm === 'EdDSA' ? 'eddsa-jcs-2022' : 'ecdsa-jcs-2019',
      proofPurpose: 'authentication',
      created: NOW,
      domain: AUDIENCE,
      ...proof,
      signer,
    })
  }
}

/** A compact JWS of whatever header and payload, signed all the same. @param payload JSON, or its text. */
export async function rawJws(
  header: JsonObject,
  payload: JsonObject | string,
  { sign }: Pick<Signer, 'sign'>,
): Promise<string> {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
  const input = `${segment(JSON.stringify(header))}.${segment(text)}`
  return `${input}.${encodeBase64url(await sign(encodeUtf8(input)))}`
}

export function segment(text: string): string {
  return encodeBase64url(encodeUtf8(text))
}

/** Header of a credential by this signer. */
export function headerOf({ algorithm, keyId }: Signer, changes: Overrides = {}): JsonObject {
  return over({ alg: algorithm, kid: keyId, typ: 'vc+jwt' }, changes)
}

export function payloadOf(token: string): JsonObject {
  return parseStrictJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as JsonObject
}

/** A link as it can be read; what the next one commits to. */
async function read(text: string): Promise<ParsedLink> {
  const parsed = await parseLink(text)
  if (!parsed.verified) throw new Error(`a parent is ${parsed.refusal.code} ${parsed.refusal.dimension}`)
  return parsed.value
}

/** SHA-256 in base64url. */
export function digestOf(bytes: Uint8Array): string {
  return encodeBase64url(sha256(bytes))
}

function credential(
  type: string,
  position: number,
  issuer: string,
  [from, until]: readonly [number, number],
  credentialSubject: JsonObject,
  top: Overrides,
): JsonObject {
  const common = {
    '@context': CONTEXT,
    id: `urn:uuid:00000000-0000-4000-8000-00000000000${position}`,
    type: ['VerifiableCredential', type],
    issuer,
    validFrom: time(from),
    validUntil: time(until),
    credentialSubject,
  }
  return over(common, top)
}
