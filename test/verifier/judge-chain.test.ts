import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import type { ParsedChain } from '../../src/model/chain.ts'
import { accept, refuse } from '../../src/refusal.ts'
import type { StatusReading, StatusView } from '../../src/status/status-view.ts'
import { UNLIMITED } from '../../src/verifier/authority-limits.ts'
import { freshStatus } from '../../src/verifier/chain-status.ts'
import { type Judged, judgeChain } from '../../src/verifier/judge-chain.ts'
import { readPolicy } from '../../src/verifier/policy.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import {
  AUTHORITY,
  agentJson,
  linksOf,
  ownerJson,
  REVOCATION_LIST,
  runJson,
  START,
  STATUS_ISSUER,
  SUSPENSION_LIST,
} from '../helpers/credentials.ts'
import { request } from '../helpers/grants.ts'

const TRUST = {
  authority: AUTHORITY,
  statusIssuer: STATUS_ISSUER,
  statusOrigins: ['https://id.example/status/'],
  head: 'https://id.example/status/head',
}

const chainOf = (...links: readonly JsonObject[]) => linksOf(...links) as unknown as ParsedChain
const CHAIN = chainOf(ownerJson(), agentJson(), runJson())
const ENDLESS = chainOf(ownerJson(), agentJson(), runJson({}, { credentialStatus: undefined }))

const policyOf = (options: Partial<VerifierOptions> = {}) =>
  readPolicy({ audience: 'https://mail.example/', trust: [], freshness: { '*': 'sensitive' }, ...options })

/** A view that says the same of every entry, but for those of some indexes. */
function viewOf(others: Readonly<Record<number, Partial<StatusReading> | 'unknown'>> = {}): StatusView {
  const reading = { revoked: false, suspended: false, asOf: START, validUntil: START + 60_000 }
  return {
    read: ({ index }) => {
      const other = others[index]
      return other === 'unknown' ? refuse('status_unavailable') : accept({ ...reading, ...other })
    },
    list: () => undefined,
    head: () => undefined,
  }
}

/** The rule that is broken, and how; `kept` when none is. */
function brokenBy(changes: Partial<Judged>): string {
  const broken = judgeChain({
    presentation: {},
    chain: CHAIN,
    request: request(),
    now: START,
    policy: policyOf(),
    trust: accept(TRUST),
    limits: UNLIMITED,
    emergency: undefined,
    view: viewOf(),
    ...changes,
  })
  if (broken === undefined) return 'kept'
  const { code, link, dimension } = broken.refused.refusal
  return [broken.rule, code, link, dimension].filter((part) => part !== undefined).join(' ')
}

const NOTHING_ASKED = { request: undefined }

describe('judging a chain', () => {
  it('finds nothing broken in a good one, whether something is asked or not', () => {
    expect(brokenBy({})).toBe('kept')
    expect(brokenBy(NOTHING_ASKED)).toBe('kept')
  })

  it('asks the way of presenting about the action, when there is one', () => {
    const only = (allowed: string) => (action: string) =>
      action === allowed ? undefined : refuse('holder_proof_invalid', { dimension: 'bearer' })

    expect(brokenBy({ presentation: { refuse: only('mail.read') } })).toBe('kept')
    expect(brokenBy({ presentation: { refuse: only('mail.send') } })).toBe(
      'presentation-use holder_proof_invalid bearer',
    )
    expect(brokenBy({ presentation: { refuse: only('mail.send') }, ...NOTHING_ASKED })).toBe('kept')
  })

  it('allows canonicalization of RDF only where the policy does, and names the first such link', () => {
    const over = CHAIN.map((link, i) => (i > 0 ? { ...link, mechanism: 'eddsa-rdfc-2022' } : link))
    const chain = over as unknown as ParsedChain

    expect(brokenBy({ chain, policy: policyOf({ rdfc: true }) })).toBe('kept')
    expect(brokenBy({ chain })).toBe('mechanisms unsupported 1 cryptosuite')
  })

  it('needs a tenant that both the operator and the authority list, where they list any', () => {
    const listed = (...tenants: string[]) => accept({ ...TRUST, tenants })
    const limits = (...tenants: string[]) => ({ ...UNLIMITED, tenants: new Set(tenants) })

    expect(brokenBy({ trust: listed('acme', 'other'), limits: limits('acme') })).toBe('kept')
    expect(brokenBy({ trust: listed('other') })).toBe('tenant tenant_mismatch 0')
    expect(brokenBy({ limits: limits('other') })).toBe('tenant tenant_mismatch 0')
    expect(brokenBy({ trust: listed('acme'), limits: limits('other') })).toBe('tenant tenant_mismatch 0')
    expect(brokenBy({ trust: listed('other'), limits: limits('acme') })).toBe('tenant tenant_mismatch 0')
  })

  it('needs the environment of the policy', () => {
    expect(brokenBy({ policy: policyOf({ environment: 'staging' }) })).toBe(
      'environment environment_mismatch 0',
    )
  })

  it('takes an owner in person only where the policy does', () => {
    const chain = chainOf(ownerJson())

    expect(brokenBy({ chain, policy: policyOf({ ownerInPerson: true }) })).toBe('kept')
    expect(brokenBy({ chain })).toBe('owner-in-person not_authorized owner_in_person')
    expect(brokenBy({ policy: policyOf({ ownerInPerson: true }) })).toBe('kept')
  })

  it('needs an end that can be revoked for what is critical', () => {
    const critical = policyOf({ freshness: { 'mail.read': 'critical', '*': 'sensitive' } })

    expect(brokenBy({ chain: ENDLESS })).toBe('kept')
    expect(brokenBy({ chain: CHAIN, policy: critical })).toBe('kept')
    expect(brokenBy({ chain: ENDLESS, policy: critical })).toBe('revocable status_missing 2')
    expect(brokenBy({ chain: ENDLESS, policy: critical, ...NOTHING_ASKED })).toBe('kept')
  })

  it('grants clocks their skew, and no more', () => {
    expect(brokenBy({ now: START - 30_000 })).toBe('kept')
    expect(brokenBy({ now: START - 30_001 })).toBe('validity not_yet_valid 0')
  })

  it('looks at what is asked only when something is', () => {
    expect(brokenBy({ request: request({ action: 'mail.delete' }) })).toBe(
      'authorization not_authorized 0 actions',
    )
  })

  it('needs an authority that is trusted, and what is known of it', () => {
    expect(brokenBy({ trust: undefined })).toBe('trust untrusted_authority 0')
    expect(brokenBy({ trust: refuse('did_unresolvable', { dimension: 'did' }) })).toBe(
      'trust did_unresolvable 0 did',
    )
  })

  it('needs the status service that the authority has', () => {
    const service = (members: object) =>
      chainOf(ownerJson({ status: { issuer: STATUS_ISSUER, origins: TRUST.statusOrigins, ...members } }))
    const policy = policyOf({ ownerInPerson: true })

    expect(brokenBy({ chain: service({}), policy })).toBe('kept')
    expect(brokenBy({ chain: service({ issuer: 'did:web:id.example:other' }), policy })).toBe(
      'status-service status_invalid 0 status.issuer',
    )
  })

  it.each([
    ['revocation', REVOCATION_LIST],
    ['suspension', SUSPENSION_LIST],
  ])('needs the %s list of every link where the owner says that status lies', (_, list) => {
    const elsewhere = JSON.parse(
      JSON.stringify(agentJson()).replaceAll(list, 'https://id.example/statuses/1'),
    )

    expect(brokenBy({ chain: chainOf(ownerJson(), agentJson()) })).toBe('kept')
    expect(brokenBy({ chain: chainOf(ownerJson(), elsewhere) })).toBe(
      'status-service status_invalid 1 statusListCredential',
    )
  })
})

/** Index of the entry of each link. */
const [OWNER_INDEX, AGENT_INDEX, RUN_INDEX] = CHAIN.map(({ credential }) => credential.status?.index) as [
  number,
  number,
  number,
]

describe('what is known of the status of a chain', () => {
  it('refuses what is revoked at any link before what is suspended at another', () => {
    const view = viewOf({ [AGENT_INDEX]: { suspended: true }, [RUN_INDEX]: { revoked: true } })

    expect(brokenBy({ view })).toBe('known-status revoked 2')
  })

  it('names the first link that is suspended, and goes on past what is not known', () => {
    const suspended = { suspended: true }

    expect(brokenBy({ view: viewOf({ [AGENT_INDEX]: suspended, [RUN_INDEX]: suspended }) })).toBe(
      'known-status suspended 1',
    )
    expect(brokenBy({ view: viewOf({ [OWNER_INDEX]: 'unknown', [RUN_INDEX]: suspended }) })).toBe(
      'known-status suspended 2',
    )
    expect(brokenBy({ view: viewOf({ [OWNER_INDEX]: 'unknown' }) })).toBe('kept')
  })
})

describe('how fresh the status of a chain is', () => {
  const NOW = START + 60_000

  it('is as fresh as the oldest list', () => {
    expect(freshStatus(CHAIN, viewOf(), NOW, 60)).toEqual(accept(START))
    expect(freshStatus(CHAIN, viewOf({ [AGENT_INDEX]: { asOf: START - 1 } }), NOW, 61)).toEqual(
      accept(START - 1),
    )
    expect(freshStatus(CHAIN, viewOf({ [AGENT_INDEX]: { asOf: NOW } }), NOW, 60)).toEqual(accept(START))
  })

  it('is refused at the first link whose status is too old or not known', () => {
    expect(freshStatus(CHAIN, viewOf({ [RUN_INDEX]: { asOf: START - 1 } }), NOW, 60)).toMatchObject({
      refusal: { code: 'status_stale', link: 2, dimension: 'freshness' },
    })
    expect(freshStatus(CHAIN, viewOf({ [AGENT_INDEX]: 'unknown' }), NOW, 60)).toMatchObject({
      refusal: { code: 'status_unavailable', link: 1 },
    })
  })

  it('is that of the other links, and of now without any, where a link has no status', () => {
    expect(freshStatus(ENDLESS, viewOf({ [RUN_INDEX]: 'unknown' }), NOW, 60)).toEqual(accept(START))
  })
})
