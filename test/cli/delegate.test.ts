import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tokensOf } from '../../src/holder/chain-file.ts'
import type { AgentSubject } from '../../src/model/credential.ts'
import type { Did } from '../../src/model/did.ts'
import { createLocalSigner, generateKey } from '../../src/securing/vc-jose/local-signer.ts'
import { codeOf, makePerson, readLink, World } from '../helpers/world.ts'
import { directoryOf, read, write, writeChain } from './files.ts'
import { type Outcome, run } from './run.ts'

const GRANT = ['--action', 'mail.read', '--location', 'https://mail.example/']

interface Case {
  readonly world: World
  readonly directory: string
  readonly to: Did
  delegate(...more: string[]): Promise<Outcome>
}

/** An agent with its key and chain in files. */
async function setUp(subject: Partial<AgentSubject> = {}): Promise<Case> {
  const world = await World.create()
  const place = directoryOf(world)
  const jwk = await generateKey('Ed25519')
  const signer = await createLocalSigner(jwk)
  const id = signer.keyId.split('#')[0] as Did
  write(place.directory, 'agent.json', jwk)
  writeChain(place.directory, await world.agentChain({ id, ...subject }))
  const { did: to } = await makePerson()
  const words = ['delegate', '--key', 'agent.json', '--chain', 'chain.json', '--to', to, '--lifetime', '10m']
  const delegate = (...more: string[]) =>
    run([...words, ...(more.includes('--out') ? [] : ['--out', 'out.json']), ...more], place)
  return { world, directory: place.directory, to, delegate }
}

function linksIn(directory: string, name = 'out.json') {
  return Promise.all((tokensOf(read(directory, name)) ?? []).map(readLink))
}

describe('procura delegate', () => {
  it('writes a chain for the other, offline, that only its owner may read', async () => {
    const { world, directory, to, delegate } = await setUp()

    const { code, stdout } = await delegate(...GRANT, '--name', 'helper', '--purpose', 'reads')

    expect(code).toBe(0)
    expect(world.site.requests).toEqual([])
    const last = (await linksIn(directory)).at(-1)?.credential
    expect(last?.subject).toMatchObject({
      kind: 'SubAgent',
      id: to,
      name: 'helper',
      purpose: 'reads',
      maxDepth: 0,
    })
    expect(last?.validUntil).toBe(world.now + 600_000)
    expect(statSync(join(directory, 'out.json')).mode & 0o777).toBe(0o600)
    expect(stdout).toContain('it can be revoked as index 10 of https://id.example/status/acme/r1')
  })

  it('makes a chain that a verifier accepts', async () => {
    const world = await World.create()
    const { verify, delegated } = await helperOf(world)

    expect(codeOf(await verify(delegated))).toBe('verified')
  })

  it('gives no status index away twice, also in another process', async () => {
    const { directory, delegate } = await setUp()
    await delegate(...GRANT, '--out', 'a.json')
    await delegate(...GRANT, '--out', 'b.json')

    const chains = [await linksIn(directory, 'a.json'), await linksIn(directory, 'b.json')]
    expect(chains.map((links) => links.at(-1)?.credential.status?.index)).toEqual([10, 11])
  })

  it('reads entries from a file, and prints the chain when the file is "-"', async () => {
    const { directory, delegate } = await setUp()
    const entry = { type: 'api', locations: ['https://mail.example/inbox/'], actions: ['mail.read'] }
    write(directory, 'grant.json', { authorizationDetails: [entry] })

    const { code, json } = await delegate('--details', 'grant.json', '--kind', 'Run', '--out', '-')

    expect(code).toBe(0)
    const last = (await readLink(tokensOf(json())?.at(-1) ?? '')).credential.subject
    expect(last).toMatchObject({ kind: 'Run', authorizationDetails: [{ locations: [{ path: '/inbox/' }] }] })
  })

  it('takes key and chain from the environment', async () => {
    const { directory, to, world } = await setUp()
    const environment = {
      PROCURA_AGENT_KEY_FILE: join(directory, 'agent.json'),
      PROCURA_CREDENTIAL_FILE: join(directory, 'chain.json'),
    }

    const words = ['delegate', '--to', to, '--lifetime', '10m', '--out', 'out.json', ...GRANT]

    expect(await run(words, { directory, environment, clock: world.clock })).toMatchObject({ code: 0 })
  })

  it('passes on depth, lease and leave to go without status', async () => {
    const { directory, delegate } = await setUp({ allowStatusless: true })

    const { code } = await delegate(...GRANT, '--max-depth', '1', '--lease', '2', '--allow-statusless')

    expect(code).toBe(0)
    expect((await linksIn(directory)).at(-1)?.credential.subject).toMatchObject({
      maxDepth: 1,
      allowStatusless: true,
      statusLease: [{ indexes: [11, 12] }],
    })
  })

  it('says that a link without status cannot be revoked', async () => {
    const { delegate } = await setUp({ allowStatusless: true })

    expect(await delegate(...GRANT, '--statusless')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('it cannot be revoked'),
    })
  })

  it.each([
    ['more than its own', ['--action', 'mail.delete', '--location', 'https://mail.example/'], 'actions'],
    ['a longer life than its own', [...GRANT, '--lifetime', '30d'], 'validUntil'],
  ])('refuses to delegate %s, and ends with 3', async (_, words, dimension) => {
    const { delegate } = await setUp()

    const { code, stderr } = await delegate(...words)

    expect(code).toBe(3)
    expect(stderr).toContain(`the delegation is too wide (${dimension})`)
  })

  it.each([
    ['no grant', [], 'say what is granted'],
    ['an action without a place', ['--action', 'mail.read'], 'at least one --location'],
    ['a place without an action', ['--location', 'https://mail.example/'], 'at least one --action'],
    ['a grant and a file', [...GRANT, '--details', 'x.json'], 'not both'],
    [
      'a wildcard',
      ['--action', 'mail.*', '--location', 'https://mail.example/'],
      'the grant: actions must be 1 to 64 dotted names',
    ],
    [
      'an unknown constraint',
      [...GRANT, '--constraint', '{"kind":"moon"}'],
      'the grant: constraints.kind must be',
    ],
    [
      'a kind that is spelled wrong',
      [...GRANT, '--constraint', '{"kind":"budgt"}'],
      'must be one of range, one_of, time, cidr, count, budget, not "budgt"',
    ],
    [
      'a location without a scheme',
      ['--action', 'mail.read', '--location', '127.0.0.1:8091'],
      'the grant: locations must be 1 to 64 origins with their scheme',
    ],
    [
      'a limit that is a number',
      [...GRANT, '--constraint', '{"kind":"range","on":"amount","max":100}'],
      'the grant: constraints.max must be a decimal in quotes, such as "100"',
    ],
    [
      'a constraint that is no JSON',
      [...GRANT, '--constraint', 'kind'],
      '--constraint must be a JSON object',
    ],
    ['no DID', [...GRANT, '--to', 'bob'], '--to must be a did:key or did:jwk'],
    [
      'no duration',
      [...GRANT, '--lifetime', 'soon'],
      '--lifetime: duration must be a whole number with a unit',
    ],
    ['no number', [...GRANT, '--max-depth', 'x'], '--max-depth must be a whole number'],
    [
      'a file that holds no key',
      [...GRANT, '--key', 'chain.json'],
      'chain.json must hold a private key as a JWK',
    ],
    [
      'a file that holds no chain',
      [...GRANT, '--chain', 'agent.json'],
      'agent.json must be JSON of the form',
    ],
  ])('refuses %s with the fix, and ends with 2', async (_, words, message) => {
    const { delegate } = await setUp()

    const { code, stderr } = await delegate(...words)

    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
  })

  it('refuses the key of another agent', async () => {
    const { directory, delegate } = await setUp()
    write(directory, 'other.json', await generateKey('Ed25519'))

    expect(await delegate(...GRANT, '--key', 'other.json')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the key is not the one that the chain ends at'),
    })
  })

  it('asks for a place to remember indexes when the key is in no file', async () => {
    const { to, world } = await setUp()
    const words = ['delegate', '--to', to, '--lifetime', '10m', '--out', 'out.json', ...GRANT]
    const environment = { PROCURA_AGENT_KEY: '{}' }

    expect(await run(words, { environment, clock: world.clock })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--state DIRECTORY'),
    })
  })
})

/** A helper with its own key, and a way to verify what it presents. */
async function helperOf(world: World) {
  const { createVerifier } = await import('../../src/verifier/create-verifier.ts')
  const place = directoryOf(world)
  const jwk = await generateKey('Ed25519')
  const id = (await createLocalSigner(jwk)).keyId.split('#')[0] as Did
  write(place.directory, 'agent.json', jwk)
  writeChain(place.directory, await world.agentChain({ id }))
  const words = ['--to', world.subAgent.did, '--lifetime', '10m', '--out', 'out.json', ...GRANT]
  await run(['delegate', '--key', 'agent.json', '--chain', 'chain.json', ...words], place)
  const delegated = tokensOf(read(place.directory, 'out.json')) ?? []
  const verifier = createVerifier({
    audience: 'https://mail.example/',
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    fetch: world.site.fetch,
    clock: world.clock,
  })
  await verifier.sync()
  const verify = async (tokens: readonly string[]) =>
    verifier.verify(await world.present(tokens, { signer: world.subAgent.signer }), { action: 'mail.read' })
  return { verify, delegated }
}
