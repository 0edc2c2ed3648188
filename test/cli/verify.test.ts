import { describe, expect, it } from 'vitest'
import type { RefusalCode } from '../../src/refusal.ts'
import { mailGrant, type PresentOptions, World } from '../helpers/world.ts'
import { directoryOf, read, write, writeRequest } from './files.ts'
import { type Outcome, type RunOptions, run } from './run.ts'

const WORDS = [
  'verify',
  '--request',
  'request.json',
  '--trust',
  'anchor.json',
  '--audience',
  'https://mail.example',
]

interface Case {
  readonly world: World
  readonly place: RunOptions & { readonly directory: string }
  verify(...more: string[]): Promise<Outcome>
}

/** A request of the agent, recorded. */
async function recorded(
  change: PresentOptions & { readonly tokens?: readonly string[] } = {},
): Promise<Case> {
  const world = await World.create()
  return caseOf(world, change.tokens ?? (await world.agentChain()), change)
}

async function caseOf(world: World, tokens: readonly string[], options: PresentOptions = {}): Promise<Case> {
  const place = directoryOf(world)
  writeRequest(place.directory, await world.present(tokens, options))
  return { world, place, verify: (...more) => run([...WORDS, '--action', 'mail.read', ...more], place) }
}

function codeOf(outcome: Outcome): RefusalCode | 'verified' {
  const json = outcome.json()
  if (json.verified === true) return 'verified'
  return (json.refusal as { readonly code: unknown }).code as RefusalCode
}

describe('procura verify', () => {
  it('says who acts, for whom, under what, and ends with 0', async () => {
    const { world, verify } = await recorded()

    const { code, lines } = await verify()

    expect(code).toBe(0)
    expect(lines()).toEqual(
      expect.arrayContaining([
        'VERIFIED  mail.read',
        `presenter  ${world.agent.did}, Agent`,
        'agent      agt_mailer, delegated',
        `owner      ${world.owner.did}, accountable urn:uuid:00000000-0000-4000-8000-0000000000aa`,
        'grant      mail.read, mail.send at https://mail.example/',
        'status     as of 2026-11-22 09:00:00 UTC, 0 s old',
      ]),
    )
  })

  it('says of every rule how it fared, when it is asked to', async () => {
    const { verify } = await recorded()
    const explained = await verify('--explain')
    const refused = await verify('--explain', '--environment', 'dev')

    expect((await verify()).stdout).not.toContain('holder-proof')
    expect(explained.stdout).toMatch(/^ 9 {2}holder-proof +passed +endsInSeconds 60$/m)
    expect(refused.stdout).toMatch(
      /^ 4 {2}environment +REFUSED +code environment_mismatch, link 0, environment dev$/m,
    )
    expect(refused.stdout).toMatch(/^ 9 {2}holder-proof +not reached$/m)
    expect((await verify('--explain', '--json')).json()).toMatchObject({
      verified: true,
      rules: expect.arrayContaining([expect.objectContaining({ rule: 'freshness', outcome: 'passed' })]),
    })
  })

  it('holds what is presented against the limits in the anchor file', async () => {
    const { world, place, verify } = await recorded()
    const limited = (limits: object) =>
      write(place.directory, 'anchor.json', JSON.stringify({ ...world.trust, ...limits }))

    limited({ mayGrant: [{ actions: ['mail.read'] }] })
    expect((await verify()).code).toBe(0)
    limited({ blocked: { agents: ['agt_mailer'] } })
    const { stdout, code } = await verify()
    expect(code).toBe(3)
    expect(stdout).toContain('not_authorized (blocked.agents)')
    expect(stdout).toContain('"blocked" in the anchor file')
  })

  it('answers programs with the verdict, dates in ISO form', async () => {
    const { world, verify } = await recorded()

    expect((await verify('--json')).json()).toMatchObject({
      verified: true,
      presenter: world.agent.did,
      status: { asOf: '2026-11-22T09:00:00.000Z', ageSeconds: 0 },
      recheckAt: '2026-11-22T09:01:00.000Z',
      grant: [{ type: 'api', actions: ['mail.read', 'mail.send'] }],
    })
  })

  it('explains a refusal: which link, which dimension, what would mend it; and ends with 3', async () => {
    const world = await World.create()
    const { verify } = await caseOf(world, await world.subAgentChain(), { signer: world.subAgent.signer })

    const { code, lines } = await verify('--action', 'mail.send')

    expect(code).toBe(3)
    expect(lines()).toEqual([
      'REFUSED  not_authorized (actions)',
      'Link 2 of the delegation chain does not grant what is asked (actions); ask the owner for a grant that covers it.',
      `link     ${world.agent.did} → ${world.subAgent.did}, grants mail.read at https://mail.example/`,
      `to mend  it would have to grant action mail.send at https://mail.example; ${world.agent.did} delegates anew: procura delegate`,
      '',
    ])
  })

  it('ends with 4 when the status cannot be had', async () => {
    const { world, verify } = await recorded()
    world.site.reachable = false

    const { code, lines } = await verify()

    expect(code).toBe(4)
    expect(lines()[0]).toBe('REFUSED  status_unavailable')
    expect(lines().at(-2)).toContain('to mend  the status of did:key:')
  })

  it('ends with 4 when the status is too old for the tier', async () => {
    const { world, verify } = await recorded({ at: Date.parse('2026-11-22T09:10:00.000Z') })
    world.now += 600_000

    expect(await verify('--freshness', 'sensitive')).toMatchObject({
      code: 4,
      stdout: expect.stringContaining('status_stale'),
    })
    expect(await verify('--freshness', 'routine')).toMatchObject({ code: 0 })
  })

  it('refuses a revoked link, and says that nothing lifts a revocation', async () => {
    const { world, verify } = await recorded()
    world.site.set('revocation', 2)
    await world.site.publish()

    const { code, stdout } = await verify()

    expect(code).toBe(3)
    expect(stdout).toContain('Link 1 of the delegation chain is revoked')
    expect(stdout).toContain('to mend  nothing lifts a revocation')
  })

  it('checks the digest of a recorded body', async () => {
    const body = new TextEncoder().encode('{"to":"ada"}')
    const { place, verify } = await recorded({ method: 'POST', body })
    expect((await verify()).code).toBe(0)

    const request = read(place.directory, 'request.json')
    write(place.directory, 'request.json', {
      ...request,
      body: Buffer.from('{"to":"eve"}').toString('base64'),
    })

    expect(codeOf(await verify('--json'))).toBe('holder_proof_invalid')
  })

  it('judges as of another time', async () => {
    const { verify } = await recorded()

    expect(codeOf(await verify('--at', '2026-11-22T09:00:30Z', '--json'))).toBe('verified')
    expect(codeOf(await verify('--at', '2026-11-22T09:05:00Z', '--json'))).toBe('holder_proof_invalid')
    expect(await verify('--at', 'tomorrow')).toMatchObject({ code: 2 })
  })

  it('hands identifier, arguments and address to the constraints', async () => {
    const world = await World.create()
    const constraints = [
      { kind: 'one_of', on: ['to'], values: ['ada'] },
      { kind: 'range', on: ['amount', 'value'], max: 50n * 10n ** 18n },
      { kind: 'cidr', values: [{ family: 4, base: 0xcb007100n, prefixLength: 24 }] },
    ] as const
    const grant = mailGrant({ identifiers: ['inbox/'], constraints })
    const { verify } = await caseOf(world, await world.agentChain({ authorizationDetails: [grant] }))
    const fitting = [
      '--argument',
      'to=ada',
      '--argument',
      'amount.value:=50',
      '--client-address',
      '203.0.113.9',
    ]

    expect(codeOf(await verify('--json', ...fitting, '--identifier', 'inbox/support'))).toBe('verified')
    expect(codeOf(await verify('--json', ...fitting))).toBe('not_authorized')
    expect(
      codeOf(await verify('--json', ...fitting.with(1, 'to=eve'), '--identifier', 'inbox/support')),
    ).toBe('constraint_violated')
  })

  it.each([
    ['--argument', 'to', 'must be NAME=TEXT'],
    ['--argument', 'a..b=1', 'must be NAME=TEXT'],
    ['--argument', 'a:=no', 'must be NAME=TEXT'],
    ['--audience', 'https://mail.example/path', 'audience must be the external origin'],
    ['--freshness', 'lax', 'Allowed choices are routine, sensitive, critical'],
    ['--status', 'nowhere', 'there is no directory nowhere'],
    ['--trust', 'request.json', 'request.json: trust[0]'],
  ])('refuses %s %s with the fix, and ends with 2', async (option, value, message) => {
    const { verify } = await recorded()

    const { code, stderr } = await verify(option, value)

    expect(code).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr.trimEnd()).not.toContain('\n')
  })

  it('refuses the same argument twice, and a path below a value', async () => {
    const { verify } = await recorded()

    expect(await verify('--argument', 'a=1', '--argument', 'a=2')).toMatchObject({ code: 2 })
    expect(await verify('--argument', 'a=1', '--argument', 'a.b=2')).toMatchObject({ code: 2 })
  })

  it.each([
    ['no method', { target: '/', headers: {} }, 'method must be'],
    ['an absolute target', { method: 'GET', target: 'https://x/', headers: {} }, 'target must be'],
    ['a header that is a number', { method: 'GET', target: '/', headers: { a: 1 } }, 'headers must be'],
    ['headers that are a list', { method: 'GET', target: '/', headers: [] }, 'headers must be'],
    ['a body that is no base64', { method: 'GET', target: '/', headers: {}, body: '?' }, 'body must be'],
    ['another member', { method: 'GET', target: '/', headers: {}, url: '/' }, 'and no other'],
  ])('refuses a recorded request with %s', async (_, request, message) => {
    const { place, verify } = await recorded()
    write(place.directory, 'request.json', request)

    expect(await verify()).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
  })

  it('joins lines of one header and ignores the case of names', async () => {
    const { place, verify } = await recorded()
    const request = read(place.directory, 'request.json')
    const { 'agent-delegation': chain, ...headers } = request.headers
    const links = String(chain).split(', ')
    write(place.directory, 'request.json', { ...request, headers: { ...headers, 'Agent-Delegation': links } })

    expect((await verify()).code).toBe(0)
  })

  it('refuses a request without a chain, and says how to send one', async () => {
    const { place, verify } = await recorded()
    write(place.directory, 'request.json', { method: 'GET', target: '/inbox', headers: {} })

    const { code, stdout } = await verify()

    expect(code).toBe(3)
    expect(stdout).toContain('chain_required')
    expect(stdout).toContain('to mend  send Agent-Delegation and sign the request')
  })

  it('refuses an authority that the anchor file does not have, and names it', async () => {
    const { world, place, verify } = await recorded()
    write(place.directory, 'anchor.json', (await World.create()).trust)

    const { code, stdout } = await verify()

    expect(code).toBe(3)
    expect(stdout).toContain(`if ${world.authority.did} is to be trusted`)
  })

  it('refuses another environment, and names both', async () => {
    const { verify } = await recorded()

    const { code, stdout } = await verify('--environment', 'staging')

    expect(code).toBe(3)
    expect(stdout).toContain('it is for production, asked was --environment staging')
  })
})
