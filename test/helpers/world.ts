import { type Random, systemRandom } from '../../src/core/clock.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { joinChain } from '../../src/delegation/join-chain.ts'
import { parseLink } from '../../src/delegation/parse-link.ts'
import { credentialToJson } from '../../src/model/build-credential.ts'
import type { Mechanism, ParsedChain, ParsedLink } from '../../src/model/chain.ts'
import { UPLOAD_PATH } from '../../src/model/chain-upload.ts'
import type {
  AgentSubject,
  ChainCredential,
  DelegationCredential,
  DerivedSubject,
  OwnerCredential,
} from '../../src/model/credential.ts'
import type { Did } from '../../src/model/did.ts'
import type { Grant } from '../../src/model/grant.ts'
import type { PresentedRequest } from '../../src/model/presented-request.ts'
import type { Signer } from '../../src/model/signer.ts'
import type { RefusalCode } from '../../src/refusal.ts'
import { type SignDataIntegrityOptions, signDataIntegrity } from '../../src/securing/data-integrity/sign.ts'
import { formatAgentDelegation, formatReference } from '../../src/securing/http-signature/agent-delegation.ts'
import { digestChain, formatUpload } from '../../src/securing/http-signature/chain-upload.ts'
import { AGENT_DELEGATION_PROFILE } from '../../src/securing/http-signature/profile.ts'
import { signRequest } from '../../src/securing/http-signature/sign.ts'
import { signCredential } from '../../src/securing/sign-credential.ts'
import { createLocalSigner, generateKey } from '../../src/securing/vc-jose/local-signer.ts'
import { presentationOf } from '../../src/securing/vc-jose/presented-credential.ts'
import { type SignVpJwtOptions, signVpJwt } from '../../src/securing/vc-jose/sign-vp-jwt.ts'
import type { TrustEntry } from '../../src/verifier/trust.ts'
import type { PresentationVerdict } from '../../src/verifier/verdict.ts'
import { deterministicRandom, deterministicSigner } from './deterministic-signer.ts'
import { acceptedValue } from './signers.ts'
import { StatusSite } from './status-site.ts'

export const NOW: number = Date.parse('2026-11-22T09:00:00.000Z')
export const AUDIENCE = 'https://mail.example/'
const HOUR = 3_600_000

export interface Person {
  readonly did: Did
  readonly signer: Signer
}

/** A did:key and its signer. */
export async function makePerson(type: 'Ed25519' | 'P-256' = 'Ed25519'): Promise<Person> {
  return personOf(createLocalSigner(await generateKey(type)))
}

async function personOf(making: Promise<Signer>): Promise<Person> {
  const signer = await making
  return { did: signer.keyId.split('#')[0] as Did, signer }
}

/** Somebody whose DID document has to list the key. */
export async function makeWebPerson(did: Did, fragment = 'key-1'): Promise<Person> {
  return { did, signer: await createLocalSigner(await generateKey('Ed25519'), `${did}#${fragment}`) }
}

/** Who plays a part, and where, when it is not a did:key at `https://id.example`. */
export interface Cast {
  /** All keys, salts and nonces depend on it alone. Default: they are new in each run. */
  readonly seed?: string
  readonly authority?: Person
  readonly statusIssuer?: Person
  /** Under which the status lies. */
  readonly base?: string
  /** What the clock shows at first, in milliseconds since 1970. Default: {@link NOW}. */
  readonly now?: number
}

/** The grant that tests narrow: reading and sending mail at {@link AUDIENCE}. */
export function mailGrant(changes: Partial<Grant> = {}): Grant {
  return {
    type: 'api',
    supported: true,
    locations: [{ origin: 'https://mail.example', path: '/' }],
    actions: ['mail.read', 'mail.send'],
    constraints: [],
    inheritable: true,
    ...changes,
  }
}

export interface PresentOptions {
  readonly method?: string
  readonly target?: string
  readonly body?: Uint8Array
  readonly contentType?: string
  readonly signer?: Signer
  /** `Agent-Delegation`, if not the chain. */
  readonly field?: string
  readonly origin?: string
  readonly at?: number
  readonly random?: Random
}

export interface UploadOptions extends PresentOptions {
  /** What is sent along of the status. */
  readonly staple?: JsonObject
}

/**
 * An authority, its status site, an owner, an agent and a sub-agent, with chains between them. Every method signs for
 * real; `clock` is set by hand.
 */
export class World {
  now: number
  readonly clock = (): number => this.now
  readonly authority: Person
  readonly owner: Person
  readonly agent: Person
  readonly subAgent: Person
  readonly site: StatusSite
  readonly trust: TrustEntry
  readonly #random: Random

  private constructor(people: readonly [Person, Person, Person, Person, Person], cast: Cast) {
    const [authority, status, owner, agent, subAgent] = people
    this.now = cast.now ?? NOW
    this.#random = cast.seed === undefined ? systemRandom : deterministicRandom(cast.seed)
    const base = cast.base ?? 'https://id.example/status/acme'
    this.authority = authority
    this.owner = owner
    this.agent = agent
    this.subAgent = subAgent
    this.site = new StatusSite(base, status.did, status.signer, this.clock)
    this.trust = {
      authority: authority.did,
      statusIssuer: status.did,
      statusOrigins: [`${this.site.base}/`],
      head: `${this.site.base}/head`,
    }
  }

  /** @param type Of everybody's keys but the status issuer's. */
  static async create(type: 'Ed25519' | 'P-256' = 'Ed25519', cast: Cast = {}): Promise<World> {
    const { seed } = cast
    const make = (part: string, of = type) =>
      seed === undefined ? makePerson(of) : personOf(deterministicSigner(`${seed} ${part}`, of))
    const people = await Promise.all([
      cast.authority ?? make('authority'),
      cast.statusIssuer ?? make('status issuer', 'Ed25519'),
      make('owner'),
      make('agent'),
      make('sub-agent'),
    ])
    const world = new World(people, cast)
    await world.site.publish()
    return world
  }

  ownerCredential(changes: Partial<OwnerCredential> = {}): OwnerCredential {
    return {
      type: 'OwnerCredential',
      id: 'urn:uuid:00000000-0000-4000-8000-000000000000',
      issuer: this.authority.did,
      validFrom: this.now - HOUR,
      validUntil: this.now + 720 * HOUR,
      status: this.site.entry(1),
      subject: {
        id: this.owner.did,
        tenant: 'acme',
        environment: 'production',
        accountable: 'urn:uuid:00000000-0000-4000-8000-0000000000aa',
        assurance: 'mfa',
        custody: 'service',
        authorizationDetails: [mailGrant()],
        statusService: { issuer: this.site.statusIssuer, origins: [`${this.site.base}/`] },
        revokers: [],
        statusLease: [],
      },
      ...changes,
    }
  }

  agentCredential(
    subject: Partial<AgentSubject> = {},
    changes: Partial<DelegationCredential> = {},
  ): DelegationCredential {
    return {
      type: 'DelegationCredential',
      id: 'urn:uuid:00000000-0000-4000-8000-000000000001',
      issuer: this.owner.did,
      validFrom: this.now - HOUR,
      validUntil: this.now + 23 * HOUR,
      status: this.site.entry(2),
      ...changes,
      subject: {
        kind: 'Agent',
        id: this.agent.did,
        agentId: 'agt_mailer',
        authority: this.authority.did,
        tenant: 'acme',
        environment: 'production',
        mode: 'delegated',
        purpose: 'answers support mail',
        authorizationDetails: [mailGrant()],
        maxDepth: 2,
        statusLease: [{ ...lists(this.site), indexes: [10, 11, 12, 13] }],
        allowStatusless: false,
        ...subject,
      },
    }
  }

  /** A link below `parent`, by default the sub-agent's, with the first leased index. */
  derivedCredential(
    parent: ParsedLink,
    subject: Partial<DerivedSubject> = {},
    changes: Partial<DelegationCredential> = {},
  ): DelegationCredential {
    return {
      type: 'DelegationCredential',
      id: 'urn:uuid:00000000-0000-4000-8000-000000000002',
      issuer: parent.credential.subject.id,
      validFrom: this.now,
      validUntil: this.now + HOUR / 4,
      status: this.site.entry(10),
      ...changes,
      subject: {
        kind: 'SubAgent',
        id: this.subAgent.did,
        parent: { id: parent.credential.id, digest: parent.digest },
        authorizationDetails: [mailGrant({ actions: ['mail.read'] })],
        maxDepth: 0,
        statusLease: [],
        allowStatusless: false,
        ...subject,
      },
    }
  }

  sign(credential: ChainCredential, signer: Signer, mechanism: Mechanism = 'vc+jwt'): Promise<string> {
    return signCredential({
      credential: credentialToJson(credential),
      mechanism,
      signer,
      random: this.#random,
    })
  }

  /** Owner → agent → sub-agent, each link in a mechanism of its own. */
  async mixedChain(root: Mechanism, first: Mechanism, last: Mechanism): Promise<[string, string, string]> {
    const owner = await this.sign(this.ownerCredential(), this.authority.signer, root)
    const agent = await this.sign(this.agentCredential(), this.owner.signer, first)
    const derived = this.derivedCredential(await readLink(agent))
    return [owner, agent, await this.sign(derived, this.agent.signer, last)]
  }

  /** Owner → agent. */
  async agentChain(
    subject: Partial<AgentSubject> = {},
    changes: Partial<DelegationCredential> = {},
  ): Promise<[string, string]> {
    return [
      await this.sign(this.ownerCredential(), this.authority.signer),
      await this.sign(this.agentCredential(subject, changes), this.owner.signer),
    ]
  }

  /** Owner → agent → sub-agent. */
  async subAgentChain(
    subject: Partial<DerivedSubject> = {},
    changes: Partial<DelegationCredential> = {},
  ): Promise<[string, string, string]> {
    const above = await this.agentChain()
    const derived = this.derivedCredential(await readLink(above[1]), subject, changes)
    return [...above, await this.sign(derived, this.agent.signer)]
  }

  /** A delegation under the signature of another one, which the owner issued as well. */
  async spliced(delegation: string): Promise<string> {
    const other = await this.sign(this.agentCredential({ purpose: 'else' }), this.owner.signer)
    return `${delegation.slice(0, delegation.lastIndexOf('.'))}.${other.split('.')[2]}`
  }

  /** Presents a chain as a token, as an agent does. */
  token(texts: readonly string[], options: Partial<SignVpJwtOptions> = {}): Promise<string> {
    return signVpJwt({
      texts,
      audience: AUDIENCE,
      signer: this.agent.signer,
      now: this.now,
      lifetimeSeconds: 300,
      random: this.#random,
      ...options,
    })
  }

  /** Presents a chain as a document with a Data Integrity proof, as wallets do. */
  document(
    texts: readonly string[],
    proof: Partial<SignDataIntegrityOptions> = {},
    members: JsonObject = {},
  ): Promise<JsonObject> {
    const { signer = this.agent.signer } = proof
    const holder = signer.keyId.split('#')[0] ?? ''
    return signDataIntegrity({
      document: { ...presentationOf(texts), holder, ...members },
      cryptosuite: signer.algorithm === 'EdDSA' ? 'eddsa-jcs-2022' : 'ecdsa-jcs-2019',
      proofPurpose: 'authentication',
      created: this.now,
      domain: AUDIENCE,
      ...proof,
      signer,
    })
  }

  /** Owner → agent, too long for a request field: with a grant that nobody asks for. */
  longChain(subject: Partial<AgentSubject> = {}): Promise<[string, string]> {
    const values = Array.from({ length: 64 }, (_, i) => `folder-${i}-${'x'.repeat(90)}`)
    const ballast = mailGrant({
      actions: ['mail.send'],
      constraints: [{ kind: 'one_of', on: ['folder'], values }],
    })
    return this.agentChain({ authorizationDetails: [mailGrant(), ballast], ...subject })
  }

  /** The request that sends a chain in advance, as an agent does. */
  upload(texts: readonly string[], options: UploadOptions = {}): Promise<PresentedRequest> {
    const reference = formatReference(digestChain(texts))
    const body = formatUpload(texts, options.staple)
    return this.present(texts, { method: 'POST', target: UPLOAD_PATH, field: reference, body, ...options })
  }

  /** A request that refers to a chain sent in advance. */
  refer(texts: readonly string[], options: PresentOptions = {}): Promise<PresentedRequest> {
    return this.present(texts, { field: formatReference(digestChain(texts)), ...options })
  }

  /** Signs a request with a chain, as an agent does. */
  async present(tokens: readonly string[], options: PresentOptions = {}): Promise<PresentedRequest> {
    const { method = 'GET', target = '/inbox', origin = 'https://mail.example', body, contentType } = options
    const headers: Record<string, string> = {
      'agent-delegation': options.field ?? formatAgentDelegation(tokens),
    }
    if (body !== undefined) headers['content-type'] = contentType ?? 'application/json'
    const fields = await signRequest({
      profile: AGENT_DELEGATION_PROFILE,
      method,
      targetUri: origin + target,
      headers,
      ...(body === undefined ? {} : { body }),
      signer: options.signer ?? this.agent.signer,
      now: options.at ?? this.now,
      random: options.random ?? this.#random,
    })
    return requestOf(method, target, { ...headers, ...fields }, body)
  }
}

/** A request as an adapter would hand it over. */
export function requestOf(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
  body?: Uint8Array,
): PresentedRequest {
  return { method, target, header: (name) => headers[name], ...(body === undefined ? {} : { body }) }
}

export async function readLink(text: string): Promise<ParsedLink> {
  const parsed = await parseLink(text)
  if (!parsed.verified)
    throw new Error(`the test's own credential is ${parsed.refusal.code} (${parsed.refusal.dimension})`)
  return parsed.value
}

/** Links that go together, as a reader has them before any signature is checked. */
export async function joinLinks(...texts: readonly string[]): Promise<ParsedChain> {
  return acceptedValue(joinChain(await Promise.all(texts.map(readLink))))
}

function lists({ base }: StatusSite): { revocation: string; suspension: string } {
  return { revocation: `${base}/r1`, suspension: `${base}/s1` }
}

/** The refusal's code, or `verified`. */
export function codeOf(verdict: PresentationVerdict): RefusalCode | 'verified' {
  return verdict.verified ? 'verified' : verdict.refusal.code
}
