import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { tokensOf } from '../../src/holder/chain-file.ts'
import { generateKey } from '../../src/securing/vc-jose/local-signer.ts'
import { type Outcome, type RunOptions, run } from '../cli/run.ts'
import { startTestService, type TestService } from '../helpers/issuer-service.ts'
import { readLink } from '../helpers/world.ts'

const GRANT = ['--action', 'mail.read', '--location', 'https://mail.example/']

let service: TestService
let directory: string

beforeAll(async () => {
  service = await startTestService()
  directory = mkdtempSync(join(tmpdir(), 'procura-cli-'))
  const settings = `issuer: ${service.url}\nkeyFile: ${service.initialized.adminKeyFile}\n`
  writeFileSync(join(directory, 'procura.yaml'), settings)
})

afterAll(async () => {
  await service.close()
  rmSync(directory, { recursive: true, force: true })
})

function procura(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return run(words, { directory, fetch: (input, init) => fetch(input, init), ...options })
}

async function json(words: readonly string[]): Promise<JsonObject> {
  const outcome = await procura([...words, '--json'])
  if (outcome.code !== 0) throw new Error(outcome.stderr)
  return outcome.json()
}

async function idOf(words: readonly string[]): Promise<string> {
  return String((await json(words)).id)
}

function addOwner(...more: string[]): Promise<string> {
  const name = ['--name', 'Support', '--accountable', 'Ada Lovelace']
  return idOf(['owner', 'create', ...name, ...GRANT, '--action', 'mail.send', ...more])
}

let keys = 0

function addAgent(owner: string): Promise<string> {
  keys += 1
  const words = ['agent', 'create', '--owner', owner, '--name', 'triage', '--purpose', 'sorts mail']
  return idOf([...words, '--generate', `agent-${keys}.json`])
}

function addGrant(agent: string, ...more: string[]): Promise<string> {
  return idOf(['grant', 'create', '--agent', agent, ...GRANT, ...more])
}

async function world() {
  const owner = await addOwner()
  const agent = await addAgent(owner)
  return { owner, agent, grant: await addGrant(agent) }
}

describe('procura owner', () => {
  it('registers an owner with what it is entitled to, and says what comes next', async () => {
    const { did } = await json(['agent', 'keygen', 'revoker.json'])
    const words = [
      'owner',
      'create',
      '--name',
      'Sales',
      '--accountable',
      'Grace Hopper',
      '--team',
      'sales',
      ...GRANT,
    ]

    const { code, lines } = await procura([...words, '--assurance', 'mfa', '--revoker', String(did)])

    expect(code).toBe(0)
    expect(lines()).toEqual(
      expect.arrayContaining([
        'accountableName  Grace Hopper',
        'team             sales',
        'assurance        mfa',
        `revokers         ${did}`,
        'grants           mail.read at https://mail.example/',
        expect.stringMatching(/^Next: procura agent create --owner own_\S+ --name NAME/),
      ]),
    )
  })

  it('never shows the credential of an owner', async () => {
    const id = await addOwner()

    const shown = await procura(['owner', 'show', id, '--json'])

    expect(shown.json()).toMatchObject({ id, state: 'active' })
    expect(shown.stdout).not.toMatch(/eyJ/)
  })

  it('lists owners, says when there are more, and how many', async () => {
    await addOwner()
    await addOwner()

    const all = await procura(['owner', 'list'])
    const one = await procura(['owner', 'list', '--limit', '1'])

    expect(all.lines()[0]).toMatch(/^ID +STATE +NAME +ACCOUNTABLE +ENVIRONMENT +ACTIONS +LOCATIONS$/)
    expect(all.stdout).toMatch(
      /own_\S+ +active +Support +Ada Lovelace +production +mail.read, mail.send +https:\/\/mail.example\/$/m,
    )
    expect(one.lines()).toContain('There are more: --limit 10')
    expect((await json(['owner', 'list', '--limit', '1'])).items).toHaveLength(1)
  })

  it('suspends and resumes', async () => {
    const id = await addOwner()

    expect((await procura(['owner', 'suspend', id, '--reason', 'on leave'])).lines()).toContain(
      `owner ${id} is suspended`,
    )
    expect((await procura(['owner', 'resume', id])).lines()).toContain(`owner ${id} is active`)
  })

  it('says what offboarding will hit, and asks [L1]', async () => {
    const { owner, agent } = await world()
    await addAgent(owner)
    const hits = `Offboarding Support (${owner}) ends 2 agents, 1 delegation and 0 runs`

    const no = await procura(['owner', 'offboard', owner], { terminal: true, answer: 'no' })
    expect(no).toMatchObject({ code: 1, stderr: expect.stringContaining(hits) })
    expect(no.stderr).toContain('cancelled; nothing was changed')
    expect(await json(['agent', 'show', agent])).toMatchObject({ state: 'active' })

    const yes = await procura(['owner', 'offboard', owner], { terminal: true, answer: 'yes' })
    expect(yes.code).toBe(0)
    expect(yes.questions).toEqual(['This cannot be taken back. Type "yes" to go on: '])
    expect(yes.lines()).toContain(
      `owner ${owner} is offboarded; 2 agents, 1 delegation and 0 runs ended with it`,
    )
    expect(await json(['agent', 'show', agent])).toMatchObject({ state: 'revoked' })
  })

  it('says in a dry run what would end, by the count that offboarding then gives [L1]', async () => {
    const { owner, agent } = await world()

    const dry = await procura(['owner', 'offboard', owner, '--dry-run'])
    const foreseen = await json(['owner', 'offboard', owner, '--dry-run'])

    expect(dry.lines()).toEqual([
      `Offboarding Support (${owner}) ends 1 agent, 1 delegation and 0 runs, and destroys the owner's key`,
      'Whoever holds one of 8 leased indexes fails with them, registered or not.',
      `  ${agent}  triage`,
      'This was a dry run; nothing was changed.',
      '',
    ])
    expect(await json(['owner', 'show', owner])).toMatchObject({ state: 'active' })
    const { agents, delegations, runs } = await json(['owner', 'offboard', owner, '--yes'])
    expect(foreseen).toMatchObject({ dryRun: true, agents, delegations, runs })
  })

  it('offboards nobody where nobody can be asked, and ends with 2', async () => {
    const { owner } = await world()

    const { code, stderr } = await procura(['owner', 'offboard', owner])

    expect(code).toBe(2)
    expect(stderr).toContain('ends 1 agent, 1 delegation and 0 runs')
    expect(stderr).toContain('say --yes to do it without being asked')
    expect(await json(['owner', 'show', owner])).toMatchObject({ state: 'active' })
  })

  it.each([
    ['no entitlement', ['--name', 'A', '--accountable', 'B'], 2, 'say what the owner is entitled to'],
    [
      'a name that hides text',
      ['--name', 'A\u202e', '--accountable', 'B', ...GRANT],
      1,
      '/name must have 1 to 128 characters',
    ],
    [
      'a principal that is no DID',
      ['--name', 'A', '--accountable', 'B', '--principal', 'x', ...GRANT],
      1,
      '/principal',
    ],
  ])('refuses %s', async (_, words, exitCode, message) => {
    const { code, stderr } = await procura(['owner', 'create', ...words])

    expect({ code, stderr }).toEqual({ code: exitCode, stderr: expect.stringContaining(message) })
  })
})

describe('procura agent', () => {
  it('makes the key of a new agent, for its owner alone', async () => {
    const owner = await addOwner()
    const words = [
      'agent',
      'create',
      '--owner',
      owner,
      '--name',
      'a',
      '--purpose',
      'p',
      '--software',
      'mailer@1.2',
    ]

    const created = await procura([...words, '--mode', 'autonomous', '--generate', 'new.json'])

    expect(created.code).toBe(0)
    expect(created.stdout).toContain(`The private key is in ${join(directory, 'new.json')}`)
    expect(created.stdout).toContain('autonomous')
    expect(created.stdout).toMatch(/^software +name mailer, version 1.2$/m)
    expect(statSync(join(directory, 'new.json')).mode & 0o777).toBe(0o600)
    const { d } = JSON.parse(await readFile(join(directory, 'new.json'), 'utf8'))
    expect(created.stdout).not.toContain(d)
  })

  it('never replaces a key that is there', async () => {
    const owner = await addOwner()
    await procura(['agent', 'keygen', 'kept.json'])
    const before = await readFile(join(directory, 'kept.json'), 'utf8')

    const again = await procura(['agent', 'keygen', 'kept.json'])
    const words = ['--owner', owner, '--name', 'a', '--purpose', 'p', '--generate', 'kept.json']
    const create = await procura(['agent', 'create', ...words])

    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('exists already; name another file'),
    })
    expect(create.code).toBe(1)
    expect(await readFile(join(directory, 'kept.json'), 'utf8')).toBe(before)
  })

  it('leaves no new key of an agent that the issuer refused, so that one can ask again', async () => {
    const owner = await addOwner()
    const words = ['agent', 'create', '--name', 'a', '--purpose', 'p', '--generate', 'again.json', '--owner']
    const file = join(directory, 'again.json')

    const refused = await procura([...words, 'own_nobody'])

    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no such owner; `procura owner list` shows those there are'),
    })
    expect(existsSync(file)).toBe(false)
    expect((await procura([...words, owner])).code).toBe(0)
    expect(existsSync(file)).toBe(true)
  })

  it('keeps the new key when nobody knows whether the issuer registered it', async () => {
    const words = ['agent', 'create', '--name', 'a', '--purpose', 'p', '--owner', 'own_1']
    const file = join(directory, 'unknown.json')

    const { code } = await procura([...words, '--generate', 'unknown.json', '--issuer', 'http://127.0.0.1:9'])

    expect({ code, kept: existsSync(file) }).toEqual({ code: 1, kept: true })
  })

  it('says which command lifts the hold that stands in the way', async () => {
    const { agent } = await world()
    await procura(['agent', 'suspend', agent])

    const held = await procura(['grant', 'create', '--agent', agent, ...GRANT])

    expect(held).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('The agent is suspended; `procura agent resume` lifts the hold'),
    })
    await procura(['agent', 'resume', agent])
    expect((await procura(['grant', 'create', '--agent', agent, ...GRANT])).code).toBe(0)
  })

  it('registers an agent with a key of its own, once', async () => {
    const owner = await addOwner()
    const { did } = await json(['agent', 'keygen', 'own.json'])
    const words = ['agent', 'create', '--owner', owner, '--name', 'a', '--purpose', 'p', '--did', String(did)]

    expect(await json(words)).toMatchObject({ did, owner, mode: 'delegated' })
    expect(await procura(words)).toMatchObject({ code: 3, stderr: expect.stringContaining('did_in_use') })
  })

  it('lists the agents of one owner', async () => {
    const { owner, agent } = await world()

    expect(await json(['agent', 'list', '--owner', owner])).toMatchObject({
      items: [{ id: agent }],
      more: false,
    })
  })

  it('lists by what agents can be told apart, long texts shortened', async () => {
    const owner = await addOwner()
    const words = ['agent', 'create', '--owner', owner, '--name', 'triage', '--generate', 'told.json']
    await idOf([...words, '--purpose', 'sorts the mail of the support team by language'])

    const [head, row] = (await procura(['agent', 'list', '--owner', owner])).lines()

    expect(head).toMatch(/^ID +STATE +NAME +PURPOSE +OWNER +MODE +DID$/)
    expect(row).toMatch(
      /^agt_\S+ +active +triage +sorts the mail of the suppo… +own_\S+ +delegated +did:key:\S+$/,
    )
  })

  it('revokes with --yes, after saying nothing', async () => {
    const { agent, grant } = await world()

    expect((await procura(['agent', 'revoke', agent, '--yes'])).lines()).toEqual([
      `agent ${agent} is revoked`,
      '',
    ])
    expect(await json(['grant', 'show', grant])).toMatchObject({ state: 'revoked' })
  })

  it('gives an agent to another owner, after saying what that ends', async () => {
    const { owner, agent } = await world()
    const other = await addOwner()
    const words = ['agent', 'transfer', agent, '--to', other]

    const asked = await procura(words)
    const done = await procura([...words, '--yes'])

    expect(asked).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        `Giving triage (${agent}) to ${other} ends 1 delegation and 0 runs of ${owner}`,
      ),
    })
    expect(done.lines()[0]).toBe(
      `agent ${agent} is ${other}'s, no longer ${owner}'s; 1 delegation and 0 runs ended`,
    )
    expect(await json(['agent', 'show', agent])).toMatchObject({ owner: other, state: 'active' })
  })

  it('draws what depends on an agent [D6]', async () => {
    const { agent, grant } = await world()
    const second = await addGrant(agent, '--name', 'evening mail')

    const drawn = await procura(['agent', 'tree', agent])

    const rest = 'active  until \\d{4}-\\d\\d-\\d\\d [0-9:]+ UTC  8 leased indexes'
    expect(drawn.lines()).toEqual([
      `triage  ${agent}  active`,
      expect.stringMatching(`^├─ Agent  ${grant}  ${rest}$`),
      expect.stringMatching(`^└─ Agent "evening mail"  ${second}  ${rest}$`),
      '',
    ])
    expect(await json(['agent', 'tree', agent, '--limit', '1'])).toMatchObject({
      agent,
      items: [{ id: grant, dependants: [] }],
      more: true,
    })
    await procura(['agent', 'revoke', agent, '--yes'])
    expect((await procura(['agent', 'tree', agent])).lines()[1]).toBe('nothing depends on it')
  })

  it('shows what became of the indexes that were leased to an agent [D6]', async () => {
    const { agent, grant } = await world()

    const shown = await procura(['agent', 'leases', agent])

    expect(shown.lines()).toEqual([
      '8 leased indexes: 0 registered, 0 revoked, 8 unregistered, 0 lapsed',
      'leased now: 8 of 256 by this agent, 8 of 16384 by all agents of its owner',
      '',
      expect.stringMatching(`^${grant}  active  until \\d{4}-\\d\\d-\\d\\d [0-9:]+ UTC$`),
      '  8 unregistered',
      '',
    ])
    await procura(['agent', 'revoke', agent, '--yes'])
    expect(await json(['agent', 'leases', agent])).toMatchObject({
      agent,
      items: [{ delegation: grant, state: 'revoked', leased: 8, lapsed: 8, unregistered: 0 }],
      more: false,
    })
  })

  it('says in a dry run what revoking would end', async () => {
    const { agent } = await world()

    expect(await json(['agent', 'revoke', agent, '--dry-run'])).toEqual({
      dryRun: true,
      agents: 1,
      delegations: 1,
      runs: 0,
      leasedIndexes: 8,
      firstAgents: [{ id: agent, name: 'triage' }],
    })
    expect(await json(['agent', 'show', agent])).toMatchObject({ state: 'active' })
  })

  it('says what revoking will hit', async () => {
    const { agent } = await world()

    expect(await procura(['agent', 'revoke', agent])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`Revoking triage (${agent}) ends 1 delegation and 0 runs`),
    })
  })

  it('changes what is known of an agent, and wants to know what', async () => {
    const { agent } = await world()

    const updated = await procura(['agent', 'update', agent, '--software', 'mailer@2.1.0'])
    const nothing = await procura(['agent', 'update', agent])

    expect(updated.stdout).toMatch(/^software +name mailer, version 2.1.0$/m)
    expect(await json(['agent', 'show', agent])).toMatchObject({ software: { version: '2.1.0' } })
    expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('say what changes') })
    expect((await procura(['agent', 'update', 'agt_1', '--name', 'x'])).stderr).toContain('there is no agent')
  })

  it('suspends and resumes', async () => {
    const { agent } = await world()

    expect((await procura(['agent', 'suspend', agent])).lines()).toContain(`agent ${agent} is suspended`)
    expect((await procura(['agent', 'list'])).stdout).toMatch(new RegExp(`${agent} +suspended`))
    expect((await procura(['agent', 'resume', agent])).lines()).toContain(`agent ${agent} is active`)
  })

  it.each([
    [
      'an owner that does not exist [I1]',
      ['--owner', 'own_nobody', '--generate', 'x1.json'],
      1,
      'owner_required',
    ],
    ['neither key nor DID', ['--owner', 'own_1'], 2, '--generate FILE for a new one'],
    [
      'both key and DID',
      ['--owner', 'own_1', '--did', 'did:key:z', '--generate', 'x2.json'],
      2,
      '--generate FILE',
    ],
    [
      'software without a version',
      ['--owner', 'own_1', '--did', 'did:key:z', '--software', 'a'],
      2,
      'NAME@VERSION',
    ],
  ])('refuses %s', async (_, words, exitCode, message) => {
    const { code, stderr } = await procura(['agent', 'create', '--name', 'a', '--purpose', 'p', ...words])

    expect({ code, stderr }).toEqual({ code: exitCode, stderr: expect.stringContaining(message) })
  })
})

describe('procura grant', () => {
  it('issues link 1 and writes the chain into a file for its owner alone', async () => {
    const owner = await addOwner()
    const agent = await addAgent(owner)
    const words = [
      'grant',
      'create',
      '--agent',
      agent,
      ...GRANT,
      '--identifier',
      'inbox/',
      '--lifetime',
      '30m',
    ]

    const { code, lines } = await procura([
      ...words,
      ...['--constraint', '{"kind":"cidr","values":["203.0.113.0/24"]}', '--max-depth', '2', '--lease', '3'],
      ...['--name', 'mail', '--allow-statusless', '--out', 'chain.json'],
    ])

    expect(code).toBe(0)
    expect(lines()[0]).toMatch(
      /^urn:uuid:\S+: the chain is in chain.json; valid until \d{4}-\d\d-\d\d [\d:]{8} UTC, to be fetched again/,
    )
    const tokens = tokensOf(JSON.parse(await readFile(join(directory, 'chain.json'), 'utf8'))) ?? []
    const { credential } = await readLink(tokens[1] ?? '')
    expect(credential.validUntil - credential.validFrom).toBe(1_800_000)
    expect(credential.subject).toMatchObject({
      maxDepth: 2,
      allowStatusless: true,
      name: 'mail',
      statusLease: [{ indexes: [expect.any(Number), expect.any(Number), expect.any(Number)] }],
      authorizationDetails: [{ identifiers: ['inbox/'], constraints: [{ kind: 'cidr' }] }],
    })
    expect(statSync(join(directory, 'chain.json')).mode & 0o777).toBe(0o600)
  })

  it('shows no token unless it is asked to print the chain', async () => {
    const { agent } = await world()
    const words = ['grant', 'create', '--agent', agent, ...GRANT]

    expect((await procura(words)).stdout).not.toMatch(/eyJ/)
    expect((await procura([...words, '--json'])).stdout).not.toMatch(/eyJ/)
    expect((await procura([...words, '--out', 'c.json', '--json'])).stdout).not.toMatch(/eyJ/)
    expect(tokensOf((await procura([...words, '--out', '-'])).json())).toHaveLength(2)
  })

  it('passes on what the owner may pass on', async () => {
    const { agent } = await world()

    expect(await json(['grant', 'create', '--agent', agent, '--inherit'])).toMatchObject({ inherit: true })
  })

  it('ends with 3 when the owner is not entitled to it, and says in which dimension [I5]', async () => {
    const { agent } = await world()
    const words = [
      'grant',
      'create',
      '--agent',
      agent,
      '--action',
      'mail.delete',
      '--location',
      'https://mail.example/',
    ]

    const { code, stderr } = await procura([...words, '--json'])

    expect(code).toBe(3)
    expect(JSON.parse(stderr)).toMatchObject({
      error: {
        code: 'exceeds_entitlements',
        dimension: 'actions',
        message: expect.stringContaining(
          '(actions); ask for less; `procura owner show` says what the owner is entitled to',
        ),
      },
    })
  })

  it('fetches the chain of a grant', async () => {
    const { grant } = await world()

    const { code, lines } = await procura(['grant', 'fetch', grant, '--out', 'fetched.json'])

    expect(code).toBe(0)
    expect(lines()[0]).toContain(`${grant}: the chain is in fetched.json`)
    expect(tokensOf((await procura(['grant', 'fetch', grant, '--out', '-'])).json())).toHaveLength(2)
  })

  it('keeps the way in which the chain of a grant is secured, and gives it in another one when asked', async () => {
    const { agent } = await world()
    const grant = await addGrant(agent, '--mechanism', 'vc+sd-jwt')
    const chainOf = async (...more: string[]) => {
      const words = ['grant', 'fetch', grant, '--out', '-', ...more]
      return tokensOf((await procura(words)).json()) ?? []
    }

    expect(await json(['grant', 'show', grant])).toMatchObject({ mechanism: 'vc+sd-jwt' })
    expect((await procura(['grant', 'show', grant])).stdout).toMatch(/^mechanism +vc\+sd-jwt$/m)
    expect((await readLink((await chainOf())[1] ?? '')).mechanism).toBe('vc+sd-jwt')
    const chain = await chainOf('--mechanism', 'eddsa-jcs-2022')
    expect((await readLink(chain[1] ?? '')).mechanism).toBe('eddsa-jcs-2022')
    writeFileSync(join(directory, 'integrity.json'), JSON.stringify({ chain }))
    const { stdout } = await procura(['inspect', 'integrity.json'])
    expect(stdout.match(/secured +eddsa-jcs-2022/g)).toHaveLength(2)
    expect((await procura(['grant', 'fetch', grant, '--out', '-', '--mechanism', 'jwt'])).code).toBe(2)
  })

  it('suspends, resumes and revokes one grant, and leaves the others [L2]', async () => {
    const { agent, grant } = await world()
    const other = await addGrant(agent)

    await procura(['grant', 'suspend', grant])
    expect((await procura(['grant', 'list', '--agent', agent])).stdout).toMatch(
      new RegExp(`${grant} +suspended`),
    )
    await procura(['grant', 'resume', grant])
    expect((await procura(['grant', 'revoke', grant, '--yes'])).lines()).toContain(
      `grant ${grant} is revoked`,
    )

    const { items } = await json(['grant', 'list', '--agent', agent])
    expect(items).toMatchObject([
      { id: grant, state: 'revoked' },
      { id: other, state: 'active' },
    ])
    expect(await procura(['grant', 'fetch', grant, '--out', '-'])).toMatchObject({ code: 3, stdout: '' })
  })

  it('says what revoking a grant will hit', async () => {
    const { grant, agent } = await world()

    expect(await procura(['grant', 'revoke', grant])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`Revoking ${grant} of ${agent} ends it, 0 runs that are registered`),
    })
  })

  it('shows a grant in words, without JSON, and every time in one form', async () => {
    const { grant } = await world()

    const { stdout } = await procura(['grant', 'show', grant])

    expect(stdout).toMatch(/^grants +mail.read at https:\/\/mail.example\/$/m)
    expect(stdout).toMatch(/^position +list \d+, index \d+$/m)
    expect(stdout).toMatch(/^validUntil +\d{4}-\d\d-\d\d [\d:]{8} UTC$/m)
    expect(stdout).not.toMatch(/[{}[\]"]|\d{4}-\d\d-\d\dT\d/)
    expect(await json(['grant', 'show', grant])).toMatchObject({
      position: { list: expect.any(Number) },
      validUntil: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    })
  })

  it('lists by what grants can be told apart: name, actions, locations and when they end', async () => {
    const { agent } = await world()
    const many = ['mail.list', 'mail.label', 'mail.archive'].flatMap((name) => ['--action', name])
    const owner = await idOf([
      ...['owner', 'create', '--name', 'Many', '--accountable', 'Grace Hopper'],
      ...[...GRANT, ...many],
    ])
    const busy = await addAgent(owner)
    await addGrant(agent, '--name', 'morning mail')
    await addGrant(busy, ...many)
    await json(['grant', 'create', '--agent', busy, '--inherit'])

    const few = (await procura(['grant', 'list', '--agent', agent])).lines()
    const [, ...shortened] = (await procura(['grant', 'list', '--agent', busy])).lines()

    const time = '\\d{4}-\\d\\d-\\d\\d [\\d:]{8} UTC'
    expect(few[0]).toMatch(/^ID +STATE +AGENT +NAME +ACTIONS +LOCATIONS +ENDS$/)
    expect(few[2]).toMatch(
      new RegExp(`active +${agent} +morning mail +mail.read +https://mail.example/ +${time}$`),
    )
    expect(shortened[0]).toMatch(/ mail\.read, mail\.list, mail\.label \+1 +https/)
    expect(shortened[1]).toMatch(/ inherited +\d{4}-/)
    expect(await json(['grant', 'list', '--agent', busy])).toMatchObject({
      items: [
        { authorizationDetails: [{ actions: ['mail.read', 'mail.list', 'mail.label', 'mail.archive'] }] },
        {},
      ],
    })
  })

  it.each([
    ['no grant', [], 'say what is granted'],
    ['a grant and --inherit', [...GRANT, '--inherit'], 'one of them'],
  ])('refuses %s, and ends with 2', async (_, words, message) => {
    const { code, stderr } = await procura(['grant', 'create', '--agent', 'agt_1', ...words])

    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) })
  })
})

describe('procura audit tail', () => {
  it('shows what was done, by whom, and that the hash chain holds [A2]', async () => {
    const { owner, agent } = await world()

    const { code, lines } = await procura(['audit', 'tail', '--limit', '3'])

    expect(code).toBe(0)
    const shown = lines().filter((line) => /^\d+ {2}20/.test(line))
    expect(shown).toHaveLength(3)
    expect(shown.at(-1)).toMatch(new RegExp(`by admin did:key:\\S+ {2}${owner} ${agent}$`))
    expect(lines().at(-2)).toMatch(/^Hash chain intact over entries \d+ to \d+; nothing before entry \d+/)
  })

  it('verifies from the beginning when asked for all', async () => {
    const { stdout } = await procura(['audit', 'tail', '--limit', 'all'])

    expect(stdout).toMatch(/Hash chain intact over entries 1 to \d+; from the beginning/)
  })

  it('shows what concerns one agent', async () => {
    const { agent } = await world()

    const { items, chain } = await json(['audit', 'tail', '--agent', agent])

    expect(chain).toEqual({ intact: true })
    expect((items as JsonObject[]).length).toBeGreaterThan(1)
    expect((items as JsonObject[]).every(({ agentId }) => agentId === agent)).toBe(true)
  })

  it('follows until it is interrupted', async () => {
    const ending = new AbortController()
    let printed = ''
    const onStdout = (text: string) => {
      printed += text
    }
    const words = ['audit', 'tail', '--follow', '--limit', '1', '--json']
    const following = procura(words, { signal: ending.signal, onStdout })
    await expect.poll(() => printed).toContain('\n')
    const id = await addOwner()
    await expect.poll(() => printed, { timeout: 10_000 }).toContain(id)
    ending.abort()

    const { code, stdout } = await following

    expect(code).toBe(0)
    const entries = stdout.trim().split('\n')
    expect(entries.length).toBeGreaterThan(1)
    expect(entries.map((line) => JSON.parse(line).target)).toContain(id)
  })
})

describe('the issuer', () => {
  it('says who a key is', async () => {
    expect(await json(['whoami'])).toMatchObject({ tenant: 'acme', role: 'admin' })
  })

  it('refuses a key that it does not know, with the fix, and ends with 3', async () => {
    writeFileSync(join(directory, 'stranger.json'), JSON.stringify(await generateKey('P-256')))

    const { code, stderr } = await procura(['whoami', '--key', 'stranger.json'])

    expect(code).toBe(3)
    expect(stderr).toContain('unknown_principal')
    expect(stderr).toContain('give a key that the issuer knows with --key')
  })

  it('takes the key from PROCURA_KEY', async () => {
    const environment = {
      PROCURA_ISSUER: service.url,
      PROCURA_KEY: JSON.stringify(await generateKey('Ed25519')),
    }

    expect(await procura(['whoami'], { environment })).toMatchObject({ code: 3 })
  })

  it('says what is missing: issuer or key', async () => {
    const bare = { directory: tmpdir() }

    expect((await procura(['whoami'], bare)).stderr).toContain(
      'say which issuer: --issuer URL, PROCURA_ISSUER',
    )
    expect((await procura(['whoami', '--issuer', service.url], bare)).stderr).toContain(
      'say with which key to sign: --key FILE, PROCURA_KEY_FILE',
    )
  })

  it('is told apart from no issuer at all, which ends with 1', async () => {
    const { code, stderr } = await procura(['whoami', '--issuer', 'http://127.0.0.1:9'])

    expect(code).toBe(1)
    expect(stderr).toContain('the issuer could not be reached; check its URL and the network')
  })

  it.each([
    ['grant', ['grant', 'show'], []],
    ['grant', ['grant', 'fetch'], ['--out', '-']],
    ['grant', ['grant', 'suspend'], []],
    ['grant', ['grant', 'revoke'], []],
    ['agent', ['agent', 'resume'], []],
    ['agent', ['grant', 'create', '--agent'], GRANT],
    ['owner', ['owner', 'offboard'], ['--yes']],
  ])('says which %s is not there, and which command lists those there are', async (noun, words, more) => {
    const { code, stderr } = await procura([...words, 'urn:uuid:none', ...more])

    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `procura: there is no ${noun} "urn:uuid:none"; \`procura ${noun} list\` shows those there are\n`,
    })
    const known = await procura([noun, 'list', '--limit', '1', '--json'])
    expect(known).toMatchObject({ code: 0, stdout: expect.stringContaining('"id"') })
  })

  it('tells programs the code of what is not there, and shows no long text that somebody typed', async () => {
    const { stderr } = await procura(['grant', 'show', 'x'.repeat(200), '--json'])

    const { error } = JSON.parse(stderr)
    expect(error).toMatchObject({ code: 'not_found' })
    expect(error.message).toContain(`"${'x'.repeat(80)}"`)
    expect((await procura(['grant', 'show', 'no id'])).stderr).toContain('there is no grant "no id"')
  })
})

describe('procura doctor', () => {
  it('looks at the data directory of a running service, its files, clock, status and key', async () => {
    const environment = { PROCURA_DATA_DIR: service.dataDir }

    const { code, json: findings } = await procura(['doctor', '--json'], { environment })

    expect(code).toBe(0)
    expect(findings().findings).toMatchObject([
      { check: 'Node', state: 'ok' },
      { check: 'data', state: 'ok' },
      { check: 'file modes', state: 'ok' },
      { check: 'database', state: 'skipped', detail: 'a service is working with it' },
      { check: 'service', state: 'ok' },
      { check: 'clock', state: 'ok' },
      { check: 'status', state: 'ok' },
      { check: 'key', state: 'ok', detail: expect.stringContaining('is admin of acme') },
    ])
  })
})
