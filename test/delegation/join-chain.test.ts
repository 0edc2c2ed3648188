import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { joinChain } from '../../src/delegation/join-chain.ts'
import { endsWithoutStatus, MAX_STATUSLESS_MS } from '../../src/delegation/joining-status.ts'
import type { Refusal } from '../../src/refusal.ts'
import {
  AGENT,
  agentJson,
  digestAt,
  HELPER,
  helperJson,
  idAt,
  leaseJson,
  linkOf,
  linksOf,
  OWNER,
  ownerJson,
  parsed,
  RUN,
  runJson,
  START,
  statusJson,
} from '../helpers/credentials.ts'

/** The refusal of a chain, `undefined` when it joins. */
function refusalOf(...documents: readonly JsonObject[]): Refusal | undefined {
  const joined = joinChain(linksOf(...documents))
  return joined.verified ? undefined : joined.refusal
}

function at(ms: number): string {
  return new Date(START + ms).toISOString()
}

const WHOLE = [ownerJson(), agentJson(), runJson(), helperJson()]

describe('joinChain', () => {
  it.each([1, 2, 3, 4])('joins the first %i credentials of a chain [DC-01]', (length) => {
    const links = linksOf(...WHOLE.slice(0, length))

    expect(joinChain(links)).toEqual({ verified: true, value: links })
  })

  describe('positions', () => {
    it.each([
      { name: 'no credential', documents: [], link: 0, dimension: 'type' },
      { name: 'a delegation at position 0', documents: [agentJson()], link: 0, dimension: 'type' },
      { name: 'only the leaf [DC-11]', documents: [runJson()], link: 0, dimension: 'type' },
      { name: 'two OwnerCredentials', documents: [ownerJson(), ownerJson()], link: 1, dimension: 'type' },
      {
        name: 'a run directly under the owner',
        documents: [ownerJson(), runJson({}, { issuer: OWNER })],
        link: 1,
        dimension: 'credentialSubject.kind',
      },
      {
        name: 'a link 1 under an agent',
        documents: [ownerJson(), agentJson(), agentJson({ id: RUN }, { issuer: AGENT })],
        link: 2,
        dimension: 'credentialSubject.kind',
      },
      {
        name: 'the root last',
        documents: [agentJson(), ownerJson()],
        link: 0,
        dimension: 'type',
      },
    ])('refuses $name', ({ documents, link, dimension }) => {
      expect(refusalOf(...documents)).toEqual({ code: 'chain_broken', link, dimension })
    })

    it('refuses a missing middle link [DC-11]', () => {
      expect(refusalOf(ownerJson(), agentJson(), helperJson())).toMatchObject({
        code: 'chain_broken',
        link: 2,
      })
    })
  })

  describe('limits', () => {
    it('takes eight links, and not one more', () => {
      const links = linksOf(...WHOLE)
      const nine = [...links, ...links, ...links].slice(0, 9)

      expect(joinChain(nine)).toEqual({
        verified: false,
        refusal: { code: 'limit_exceeded', dimension: 'links' },
      })
      expect(joinChain(nine.slice(0, 8))).toMatchObject({ refusal: { code: 'chain_broken' } })
      expect(joinChain(links)).toMatchObject({ verified: true })
    })
  })

  describe('joining rules', () => {
    /** The whole chain with one link changed. */
    const chainWith = (link: number, document: JsonObject) =>
      WHOLE.map((json, i) => (i === link ? document : json))
    const agent = (subject = {}, top = {}) => ({ link: 1, document: agentJson(subject, top) })
    const run = (subject = {}, top = {}) => ({ link: 2, document: runJson(subject, top) })
    const helper = (subject = {}) => ({ link: 3, document: helperJson(subject) })
    const otherAuthority = { authority: 'did:web:evil.example' }

    it.each([
      {
        rule: 'an issuer that is not the subject of link 0 [DC-02]',
        ...agent({}, { issuer: RUN }),
        dimension: 'issuer',
      },
      {
        rule: 'an issuer that is not the subject of link 1 [DC-02]',
        ...run({}, { issuer: OWNER }),
        dimension: 'issuer',
      },
      {
        rule: 'an authority other than the issuer of link 0',
        ...agent(otherAuthority),
        dimension: 'credentialSubject.authority',
      },
      {
        rule: 'a tenant other than that of link 0 [T1]',
        ...agent({ tenant: 'globex' }),
        dimension: 'credentialSubject.tenant',
      },
      {
        rule: 'an environment other than that of link 0 [P11]',
        ...agent({ environment: 'development' }),
        dimension: 'credentialSubject.environment',
      },
      { rule: 'an owner who is her own agent', ...agent({ id: OWNER }), dimension: 'credentialSubject.id' },
      {
        rule: 'a subject that already is one, two links up',
        ...run({ id: OWNER }),
        dimension: 'credentialSubject.id',
      },
      {
        rule: 'the id of another parent [DC-13]',
        ...run({ parent: { id: idAt(9), digest: digestAt(1) } }),
        dimension: 'credentialSubject.parent.id',
      },
      {
        rule: 'the digest of another parent [DC-13]',
        ...run({ parent: { id: idAt(1), digest: digestAt(2) } }),
        dimension: 'credentialSubject.parent.digest',
      },
      {
        rule: 'a window that begins before that of the parent [DC-07]',
        ...run({}, { validFrom: at(-1) }),
        dimension: 'validFrom',
      },
      {
        rule: 'a window that ends after that of the parent [DC-07]',
        ...run({}, { validUntil: at(900_001) }),
        dimension: 'validUntil',
      },
      {
        rule: 'another root task than the one set [E4]',
        ...helper({ lineage: { rootTask: 'task-2' } }),
        dimension: 'credentialSubject.lineage.rootTask',
      },
    ])('refuses $rule', ({ link, document, dimension }) => {
      expect(refusalOf(...chainWith(link, document))).toEqual({ code: 'chain_broken', link, dimension })
    })

    it.each([
      { rule: 'a window that is equal to that of the parent', documents: WHOLE },
      {
        rule: 'a window within that of the parent',
        documents: [...WHOLE.slice(0, 2), runJson({}, { validFrom: at(1), validUntil: at(2) })],
      },
      {
        rule: 'an agent whose window is wider than the owner’s, because there the intersection counts',
        documents: [ownerJson(), agentJson({}, { validFrom: at(-1), validUntil: at(9e8) })],
      },
      {
        rule: 'a child that names no root task',
        documents: [...WHOLE.slice(0, 3), helperJson({ lineage: undefined })],
      },
      {
        rule: 'a root task set for the first time at link 3',
        documents: [ownerJson(), agentJson(), runJson({ lineage: undefined }), helperJson()],
      },
      {
        rule: 'a link 0 issued anew, because link 1 joins it by DID',
        documents: [ownerJson({}, { id: idAt(7) }), ...WHOLE.slice(1)],
      },
    ])('accepts $rule', ({ documents }) => {
      expect(refusalOf(...documents)).toBeUndefined()
    })

    it('compares with the root task that was set first, also across a link that names none', () => {
      const silent = runJson({ maxDepth: 2, lineage: undefined, statusLease: [leaseJson(102, 103)] })
      const third = helperJson({ maxDepth: 1, statusLease: [leaseJson(103)] })
      const fourth = helperJson(
        {
          id: 'did:key:z6Mk4',
          maxDepth: 0,
          parent: { id: idAt(3), digest: digestAt(3) },
          lineage: { rootTask: 'task-2' },
        },
        { issuer: HELPER, credentialStatus: statusJson(103) },
      )

      expect(refusalOf(ownerJson(), agentJson({ maxDepth: 3 }), silent, third, fourth)).toEqual({
        code: 'chain_broken',
        link: 4,
        dimension: 'credentialSubject.lineage.rootTask',
      })
    })
  })

  describe('maxDepth [DC-16]', () => {
    it.each([
      { rule: 'a link under depth 0', depths: [0, 0], link: 2 },
      { rule: 'a link under a parent that states no depth', depths: [undefined, 0], link: 2 },
      { rule: 'a child that keeps the depth of its parent', depths: [1, 1], link: 2 },
      { rule: 'a child that raises the depth', depths: [1, 5], link: 2 },
      { rule: 'a grandchild beyond the depth', depths: [1, 0, 0], link: 3 },
    ])('refuses $rule', ({ depths: [agent, run, helper], link }) => {
      const chain = [ownerJson(), agentJson({ maxDepth: agent }), runJson({ maxDepth: run })]
      const tail = helper === undefined ? [] : [helperJson({ maxDepth: helper })]

      expect(refusalOf(...chain, ...tail)).toEqual({
        code: 'depth_exceeded',
        link,
        dimension: 'credentialSubject.maxDepth',
      })
    })

    it('accepts a chain exactly as deep as the owner allows', () => {
      expect(
        refusalOf(
          ownerJson(),
          agentJson({ maxDepth: 2 }),
          runJson({ maxDepth: 1 }),
          helperJson({ maxDepth: 0 }),
        ),
      ).toBeUndefined()
    })

    it('accepts a child that allows itself less than it could', () => {
      expect(refusalOf(ownerJson(), agentJson({ maxDepth: 9 }), runJson({ maxDepth: 0 }))).toBeUndefined()
    })
  })
})

describe('joinChain and leases', () => {
  const otherLists = {
    revocation: 'https://id.example/status/r8',
    suspension: 'https://id.example/status/s8',
  }
  const invalid = (link: number, dimension: string) => ({ code: 'status_invalid', link, dimension })

  it.each([
    { rule: 'an index that the parent does not lease', index: 104 },
    { rule: 'the index of the parent itself', index: 100 },
  ])('refuses $rule', ({ index }) => {
    const run = runJson({ statusLease: undefined }, { credentialStatus: statusJson(index) })

    expect(refusalOf(ownerJson(), agentJson(), run)).toEqual(invalid(2, 'credentialStatus'))
  })

  it('refuses a leased index in other lists', () => {
    const entries = statusJson(101).map((entry, i) => ({
      ...entry,
      statusListCredential: i === 0 ? otherLists.revocation : otherLists.suspension,
    }))

    expect(refusalOf(ownerJson(), agentJson(), runJson({}, { credentialStatus: entries }))).toEqual(
      invalid(2, 'credentialStatus'),
    )
  })

  it('refuses a pair that mixes two leases', () => {
    const lease = [leaseJson(101, 102), { ...otherLists, indexes: ['101', '102'] }]
    const [revocation, suspension] = statusJson(101)
    const mixed = [revocation, { ...suspension, statusListCredential: otherLists.suspension }]
    const run = { statusLease: undefined }

    expect(
      refusalOf(ownerJson(), agentJson({ statusLease: lease }), runJson(run, { credentialStatus: mixed })),
    ).toEqual(invalid(2, 'credentialStatus'))
    expect(refusalOf(ownerJson(), agentJson({ statusLease: lease }), runJson(run))).toBeUndefined()
  })

  it.each([
    { rule: 'leases on an index that it was not leased', lease: [leaseJson(102, 104)] },
    { rule: 'leases on in other lists', lease: [{ ...otherLists, indexes: ['102'] }] },
    { rule: 'leases on its own index', lease: [leaseJson(101, 102)] },
  ])('refuses a link ≥ 2 that $rule', ({ lease }) => {
    expect(refusalOf(ownerJson(), agentJson(), runJson({ statusLease: lease }))).toEqual(
      invalid(2, 'credentialSubject.statusLease'),
    )
  })

  it('refuses a link 1 that leases its own index', () => {
    expect(refusalOf(ownerJson(), agentJson({ statusLease: [leaseJson(100)] }))).toEqual(
      invalid(1, 'credentialSubject.statusLease'),
    )
  })

  describe('under owner custody', () => {
    const owner = ownerJson({ custody: 'owner', statusLease: [leaseJson(100, 101, 102, 103)] })

    it('accepts a link 1 whose index and lease are leased by link 0', () => {
      expect(refusalOf(owner, agentJson(), runJson(), helperJson())).toBeUndefined()
    })

    it.each([
      {
        rule: 'an index',
        agent: agentJson({}, { credentialStatus: statusJson(7) }),
        dimension: 'credentialStatus',
      },
      {
        rule: 'a lease',
        agent: agentJson({ statusLease: [leaseJson(7)] }),
        dimension: 'credentialSubject.statusLease',
      },
    ])('refuses a link 1 that gives itself $rule', ({ agent, dimension }) => {
      expect(refusalOf(owner, agent)).toEqual(invalid(1, dimension))
      expect(refusalOf(ownerJson(), agent), 'the service gives both under its own custody').toBeUndefined()
    })

    it('refuses a link 0 that leases its own index', () => {
      expect(refusalOf(ownerJson({ custody: 'owner', statusLease: [leaseJson(99)] }))).toEqual(
        invalid(0, 'credentialSubject.statusLease'),
      )
    })

    it('refuses a link 1 when link 0 leases nothing', () => {
      expect(refusalOf(ownerJson({ custody: 'owner' }), agentJson())).toEqual(invalid(1, 'credentialStatus'))
    })
  })
})

describe('joinChain and the link without status', () => {
  const statusless = (subject = {}, top = {}) => helperJson(subject, { credentialStatus: undefined, ...top })
  const missing = (link: number) => ({ code: 'status_missing', link, dimension: 'credentialStatus' })

  it('accepts a last link without status, and says so to whoever knows the action', () => {
    const joined = joinChain(linksOf(ownerJson(), agentJson(), runJson(), statusless()))

    expect(joined.verified && endsWithoutStatus(joined.value)).toBe(true)
  })

  it('says of an ordinary chain that it ends with status', () => {
    const joined = joinChain(linksOf(...WHOLE))

    expect(joined.verified && !endsWithoutStatus(joined.value)).toBe(true)
  })

  it('refuses a middle link without status [DC-10]', () => {
    const run = runJson({}, { credentialStatus: undefined })

    expect(refusalOf(ownerJson(), agentJson(), run, helperJson())).toEqual(missing(2))
    expect(refusalOf(ownerJson(), agentJson(), run), 'the same link as the last').toBeUndefined()
  })

  it('refuses it when the parent does not allow it', () => {
    expect(refusalOf(ownerJson(), agentJson(), runJson({ allowStatusless: false }), statusless())).toEqual(
      missing(3),
    )
  })

  it('refuses it when an agent allowed it to its children that was not allowed it itself', () => {
    expect(
      refusalOf(ownerJson(), agentJson({ allowStatusless: undefined }), runJson(), statusless()),
    ).toEqual(missing(3))
  })

  it('refuses it when it lives longer than 900 s', () => {
    const long = { validUntil: at(MAX_STATUSLESS_MS + 1) }
    const exact = { validUntil: at(MAX_STATUSLESS_MS) }
    const chain = (top: object) => [
      ownerJson(),
      agentJson({}, long),
      runJson({}, { credentialStatus: undefined, ...top }),
    ]

    expect(refusalOf(...chain(long))).toEqual(missing(2))
    expect(refusalOf(...chain(exact))).toBeUndefined()
  })

  it('refuses a link 1 without status even where a type would let one be made', () => {
    const [root, agent] = [parsed(ownerJson()), parsed(agentJson())]
    const { status: _, ...bare } = agent
    const links = [linkOf(root, 0), linkOf(bare as typeof agent, 1)]

    expect(joinChain(links)).toMatchObject({ refusal: missing(1) })
  })
})
