import { describe, expect, it } from 'vitest'
import { MemoryChainStore } from '../../src/verifier/chain-store.ts'
import { createVerifier } from '../../src/verifier/create-verifier.ts'
import { MemoryUsageStore } from '../../src/verifier/usage-store.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { AUDIENCE, World } from '../helpers/world.ts'

const world = await World.create()
const { trust, site } = world
const GOOD: VerifierOptions = { audience: AUDIENCE, trust: [trust], freshness: { '*': 'sensitive' } }

describe('createVerifier', () => {
  it('accepts complete options', () => {
    expect(createVerifier(GOOD).origin).toBe('https://mail.example')
  })

  it('accepts an audience without TLS', () => {
    expect(createVerifier({ ...GOOD, audience: 'http://127.0.0.1:3000/' }).origin).toBe(
      'http://127.0.0.1:3000',
    )
  })

  it('accepts a host name that only a resolver can refuse', () => {
    const odd = { ...trust, statusOrigins: ['https://xn--a.example/'], head: 'https://xn--a.example/head' }

    expect(createVerifier({ ...GOOD, trust: [odd, 'did:web:xn--a.example'] }).status()).toHaveLength(2)
  })

  it('accepts every limit at once', () => {
    const limited = {
      ...trust,
      tenants: ['acme'],
      mayGrant: [
        { actions: ['mail.read'] },
        { actions: ['mail.send'], locations: ['https://mail.example/outbox/'], identifiers: ['outbox/'] },
      ],
      blocked: {
        owners: [world.owner.did],
        agents: ['agt_mailer', world.agent.did, `did:jwk:${'a'.repeat(200)}`],
        software: [{ name: 'mailer' }, { name: 'sorter', versions: ['1.0'], below: '2.1' }],
      },
    }
    const named = { authority: 'did:web:id.example' as const, mayGrant: [], blocked: {} }

    expect(createVerifier({ ...GOOD, trust: [limited, named] }).status()).toHaveLength(2)
  })

  it('accepts every other option at once', () => {
    const all: VerifierOptions = {
      ...GOOD,
      freshness: { '*': 'routine', 'mail.read': 'sensitive', 'mail.purge': 'critical' },
      environment: 'staging-2',
      bearer: ['mail.read'],
      assurance: { levels: ['password', 'mfa'], minimum: { '*': 'password', 'mail.purge': 'mfa' } },
      pollSeconds: 0.5,
      onAlarm: () => undefined,
      fetch: site.fetch,
      clock: world.clock,
      timer: () => () => undefined,
      random: (length) => new Uint8Array(length),
    }

    expect(createVerifier(all).origin).toBe('https://mail.example')
  })

  it('accepts authorities by name', () => {
    expect(createVerifier({ ...GOOD, trust: ['did:web:id.example', trust] }).status()).toHaveLength(2)
  })

  it.each<[what: string, options: object, named: string]>([
    ['an audience with a path', { audience: 'https://mail.example/api' }, 'audience'],
    ['an audience that is no URL', { audience: 'mail.example' }, 'audience'],
    ['an audience of another scheme', { audience: 'ftp://mail.example/' }, 'audience'],
    ['an audience that is no text', { audience: new URL(AUDIENCE) }, 'audience'],
    ['no trust', { trust: undefined }, 'trust'],
    ['a name that is no did:web', { trust: ['did:key:z6Mk'] }, 'trust[0]'],
    ['a name that is no DID', { trust: ['id.example'] }, 'or the DID of a did:web or did:webvh'],
    ['an authority named twice', { trust: ['did:web:id.example', 'did:web:id.example'] }, 'authority'],
    ['a did:web that is no place', { trust: ['did:web:id.example%40evil.example'] }, 'trust[0]'],
    ['a did:web of an address', { trust: ['did:web:169.254.169.254'] }, 'trust[0]'],
    ['a status issuer at no place', { trust: [{ ...trust, statusIssuer: 'did:web:intranet' }] }, 'trust[0]'],
    ['a trust entry that is null', { trust: [null] }, 'trust[0]'],
    ['an unknown member', { trust: [{ ...trust, environment: 'dev' }] }, 'trust[0]'],
    [
      'an entry by name with a part of what its document says',
      { trust: [{ authority: 'did:web:id.example', head: trust.head }] },
      'trust[0].statusIssuer',
    ],
    [
      'an entry by name of an authority that has no document',
      { trust: [{ authority: trust.authority }] },
      'trust[0].statusIssuer',
    ],
    ['a limit by a string', { trust: [{ ...trust, mayGrant: 'mail.read' }] }, 'trust[0].mayGrant'],
    ['a limit by names alone', { trust: [{ ...trust, mayGrant: ['mail.read'] }] }, 'trust[0].mayGrant'],
    [
      'a limit with a wildcard',
      { trust: [{ ...trust, mayGrant: [{ actions: ['mail.*'] }] }] },
      'trust[0].mayGrant.actions',
    ],
    [
      'a limit on nothing',
      { trust: [{ ...trust, mayGrant: [{ actions: [] }] }] },
      'trust[0].mayGrant.actions',
    ],
    [
      'a limit with constraints',
      { trust: [{ ...trust, mayGrant: [{ actions: ['a'], constraints: [] }] }] },
      'actions, locations?, identifiers?',
    ],
    [
      'a limit elsewhere',
      { trust: [{ ...trust, mayGrant: [{ actions: ['a'], locations: ['https://other.example/'] }] }] },
      'must lie under the audience, https://mail.example/',
    ],
    [
      'a limit at no URL',
      { trust: [{ ...trust, mayGrant: [{ actions: ['a'], locations: ['/inbox'] }] }] },
      'trust[0].mayGrant.locations',
    ],
    [
      'a limit to no identifier',
      { trust: [{ ...trust, mayGrant: [{ actions: ['a'], identifiers: [] }] }] },
      'trust[0].mayGrant.identifiers',
    ],
    ['blocked that is a list', { trust: [{ ...trust, blocked: [] }] }, 'trust[0].blocked must be'],
    [
      'blocked with another member',
      { trust: [{ ...trust, blocked: { runs: [] } }] },
      'must be { owners?, agents?, software? }',
    ],
    [
      'a blocked owner that is no DID',
      { trust: [{ ...trust, blocked: { owners: ['Ada'] } }] },
      'trust[0].blocked.owners',
    ],
    [
      'a blocked agent that is no id',
      { trust: [{ ...trust, blocked: { agents: ['my agent'] } }] },
      'trust[0].blocked.agents',
    ],
    [
      'blocked software by name alone',
      { trust: [{ ...trust, blocked: { software: ['mailer'] } }] },
      'trust[0].blocked.software must',
    ],
    [
      'blocked software by an expression',
      { trust: [{ ...trust, blocked: { software: [{ name: 'mailer', below: '^2' }] } }] },
      'trust[0].blocked.software.below',
    ],
    [
      'blocked software with no version in its list',
      { trust: [{ ...trust, blocked: { software: [{ name: 'mailer', versions: [] }] } }] },
      'trust[0].blocked.software.versions',
    ],
    ['an option that there is not', { freshnes: { '*': 'critical' } }, 'freshnes is no option'],
    ['a name of no environment', { environment: 'a b\n' }, 'environment'],
    ['an environment that is null', { environment: null }, 'environment'],
    ['a poll that is a text', { pollSeconds: '15' }, 'pollSeconds'],
    ['a poll that is null', { pollSeconds: null }, 'pollSeconds'],
    ['a timer that is a number', { timer: 1 }, 'timer must be a function'],
    ['a fetch that is a number', { fetch: 1 }, 'fetch must be a function'],
    ['a listener that is a text', { onAlarm: 'log' }, 'onAlarm must be a function'],
    ['a clock that is a time', { clock: 1_795_338_000_000 }, 'clock must be a function'],
    ['a clock that is null', { clock: null }, 'clock must be a function'],
    ['chance that is a number', { random: 0.5 }, 'random must be a function'],
    ['an option that does not exist', { timers: true }, 'timers is no option'],
    [
      'freshness of what no grant can name',
      { freshness: { '*': 'sensitive', 'mail .read': 'critical' } },
      'freshness must name',
    ],
    [
      'freshness by a wildcard',
      { freshness: { '*': 'sensitive', 'mail.*': 'critical' } },
      'freshness must name',
    ],
    ['bearer that is a name', { bearer: 'mail.read' }, 'bearer must list'],
    ['a bearer for everything', { bearer: ['*'] }, 'bearer must name'],
    ['a bearer for nothing', { bearer: [''] }, 'bearer must name'],
    [
      'another member of assurance',
      { assurance: { levels: ['mfa'], minimum: { '*': 'mfa' }, minimun: {} } },
      'assurance.minimun is no member',
    ],
    [
      'a level that no credential can state',
      { assurance: { levels: ['m f a'], minimum: { '*': 'm f a' } } },
      'assurance.levels',
    ],
    [
      'assurance for what no grant can name',
      { assurance: { levels: ['mfa'], minimum: { '*': 'mfa', 'mail read': 'mfa' } } },
      'assurance.minimum must name',
    ],
    ['assurance that is a level', { assurance: 'mfa' }, 'assurance must be'],
    ['assurance that is null', { assurance: null }, 'assurance must be'],
    [
      'assurance with an empty level',
      { assurance: { levels: ['mfa', ''], minimum: { '*': 'mfa' } } },
      'assurance.levels',
    ],
    [
      'assurance with a level that is no text',
      { assurance: { levels: ['mfa', 2], minimum: { '*': 'mfa' } } },
      'assurance.levels',
    ],
    ['assurance that asks for nothing', { assurance: { levels: ['mfa'] } }, 'assurance.minimum must map'],
    [
      'assurance that asks for null',
      { assurance: { levels: ['mfa'], minimum: null } },
      'assurance.minimum must map',
    ],
    [
      'assurance with an unknown level beside a known one',
      { assurance: { levels: ['mfa'], minimum: { '*': 'mfa', 'mail.send': 'MFA' } } },
      'assurance.minimum must use',
    ],
    ['assurance without an order', { assurance: { minimum: { '*': 'mfa' } } }, 'assurance.levels'],
    [
      'assurance with a level twice',
      { assurance: { levels: ['mfa', 'mfa'], minimum: { '*': 'mfa' } } },
      'assurance.levels',
    ],
    [
      'assurance without "*"',
      { assurance: { levels: ['mfa'], minimum: { 'mail.read': 'mfa' } } },
      'assurance.minimum',
    ],
    [
      'assurance of an unknown level',
      { assurance: { levels: ['mfa'], minimum: { '*': 'MFA' } } },
      'assurance.minimum',
    ],
    ['no algorithms', { algorithms: [] }, 'algorithms'],
    ['an unknown algorithm', { algorithms: ['RS256'] }, 'algorithms'],
    ['an unknown algorithm beside a known one', { algorithms: ['EdDSA', 'RS256'] }, 'algorithms'],
    ['an algorithm that is no list', { algorithms: 'EdDSA' }, 'algorithms'],
    ['a switch that is a text', { ownerInPerson: 'false' }, 'ownerInPerson must be true or false'],
    ['a switch that is a number', { bodyCheckedUpstream: 1 }, 'bodyCheckedUpstream must be true or false'],
    ['another switch that is a text', { rdfc: 'no' }, 'rdfc must be true or false'],
    ['one that does not decide', { threads: 2 }, 'threads must be true or false'],
    ['an authority that is no DID', { trust: [{ ...trust, authority: 'acme' }] }, 'authority'],
    ['a status issuer that is no DID', { trust: [{ ...trust, statusIssuer: 1 }] }, 'statusIssuer'],
    [
      'an authority that signs status',
      { trust: [{ ...trust, statusIssuer: trust.authority }] },
      'statusIssuer',
    ],
    ['no origins', { trust: [{ ...trust, statusOrigins: [] }] }, 'statusOrigins'],
    [
      'an origin without "/"',
      { trust: [{ ...trust, statusOrigins: ['https://id.example/a'] }] },
      'statusOrigins',
    ],
    ['plain http', { trust: [{ ...trust, statusOrigins: ['http://id.example/'] }] }, 'statusOrigins'],
    ['a head elsewhere', { trust: [{ ...trust, head: 'https://evil.example/head' }] }, 'head'],
    ['a head of another name', { trust: [{ ...trust, head: `${site.base}/top` }] }, 'head'],
    ['tenants that are no list', { trust: [{ ...trust, tenants: 'acme' }] }, 'tenants'],
    ['one authority twice', { trust: [trust, trust] }, 'authority'],
    ['an empty environment', { environment: '' }, 'environment'],
    ['an environment that is no text', { environment: 1 }, 'environment'],
    ['freshness without "*"', { freshness: { 'mail.read': 'routine' } }, 'freshness'],
    [
      'a store of usage without methods',
      { usage: {} },
      'usage must be a store, with reserve() and release()',
    ],
    ['a store of usage that cannot take back', { usage: { reserve: () => 'reserved' } }, 'usage must'],
    ['a store of nonces that is a name', { replay: 'sqlite' }, 'replay must be a store, with use()'],
    ['a store of chains that is null', { chains: null }, 'chains must be a store, with get() and put()'],
    ['a store of chains that only gives', { chains: new Map() }, 'chains must'],
    ['no freshness', { freshness: undefined }, 'freshness'],
    ['freshness that is null', { freshness: null }, 'freshness must map'],
    ['an unknown tier', { freshness: { '*': 'never' } }, 'freshness must use'],
    ['a tier in a list', { freshness: { '*': ['routine'] } }, 'freshness must use'],
    ['an action for bearers that is no text', { bearer: [7] }, 'bearer must'],
    ['a tier from the prototype', { freshness: { '*': 'toString' } }, 'freshness must use'],
    ['a poll of zero', { pollSeconds: 0 }, 'pollSeconds'],
    ['a poll that is no number', { pollSeconds: Number.NaN }, 'pollSeconds'],
    ['a poll slower than the policy', { pollSeconds: 31 }, 'pollSeconds'],
  ])('refuses %s and names the option', (_, options, named) => {
    const create = () => createVerifier({ ...GOOD, ...options } as VerifierOptions)

    expect(create).toThrow(expect.objectContaining({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' }))
    expect(create).toThrow(named)
  })

  it('accepts stores with their methods, also of a class', () => {
    const stores = {
      usage: new MemoryUsageStore(() => 0),
      replay: { use: () => 'fresh' as const },
      chains: new MemoryChainStore([], () => 0),
    }

    expect(createVerifier({ ...GOOD, ...stores }).origin).toBe('https://mail.example')
  })

  it.each([[undefined], [null], ['https://mail.example/']])(
    'refuses %s for options, and says so',
    (options) => {
      const create = () => createVerifier(options as unknown as VerifierOptions)

      expect(create).toThrow(expect.objectContaining({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' }))
      expect(create).toThrow('{ audience, trust, freshness }')
    },
  )

  it('says at the start that a heartbeat is too slow for the policy', async () => {
    site.heartbeat = 60
    await site.publish()
    const options = { ...GOOD, fetch: site.fetch, clock: world.clock }
    const critical = createVerifier({ ...options, freshness: { '*': 'critical' } })

    await expect(critical.start()).rejects.toMatchObject({ code: 'ERR_PROCURA_FRESHNESS_UNENFORCEABLE' })
    await expect(createVerifier(options).sync()).resolves.toMatchObject([{ heartbeatSeconds: 60 }])
  })
})

describe('what is left out of the options', () => {
  it('is the platform: its fetch, its clock, and no listener for alarms', async () => {
    const origin = 'http://127.0.0.1:1/'
    const local = { ...trust, statusOrigins: [origin], head: `${origin}head` }
    const verifier = createVerifier({ ...GOOD, trust: [local] })

    expect(await verifier.start()).toMatchObject([
      { failure: { code: 'status_unavailable', dimension: 'fetch' } },
    ])
    verifier.close()
  })
})
