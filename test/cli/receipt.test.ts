import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { didOfSigner } from '../../src/cli/key-file.ts'
import { createLocalSigner, generateKey } from '../../src/securing/vc-jose/local-signer.ts'
import { documentOf } from '../helpers/did-documents.ts'
import { makeProvider, type Provider, receiptFor } from '../helpers/receipts.ts'
import { makeWebPerson, type Person, World } from '../helpers/world.ts'
import { directoryOf, read, write, writeRequest } from './files.ts'
import { type Outcome, run } from './run.ts'

const TEN_YEARS = 10 * 365 * 86_400_000

interface Case {
  readonly world: World
  readonly provider: Provider
  readonly directory: string
  /** Reads the receipt as somebody who has nothing else, ten years later. */
  verify(...more: string[]): Promise<Outcome>
}

async function recorded(person?: Person): Promise<Case> {
  const world = await World.create()
  const provider = await makeProvider(world, {}, person)
  const request = await world.present(await world.agentChain(), { target: '/inbox?folder=1' })
  const verdict = await provider.verifier.verify(request, {
    action: 'mail.read',
    identifier: 'inbox/support',
  })
  const { directory } = directoryOf(world)
  write(directory, 'receipt.jwt', `${await receiptFor(verdict, provider)}\n`)
  const clock = () => world.now + TEN_YEARS
  const verify = (...more: string[]) =>
    run(['receipt', 'verify', 'receipt.jwt', ...more], { directory, clock })
  return { world, provider, directory, verify }
}

describe('procura receipt verify', () => {
  it('says who presented what to whom and what was decided, and ends with 0', async () => {
    const { world, provider, verify } = await recorded()

    const { code, lines } = await verify('--did', provider.person.did)

    expect(code).toBe(0)
    expect(lines()).toEqual(
      expect.arrayContaining([
        'GENUINE  accepted',
        `decided    2026-11-22 09:00:00 UTC, by ${provider.person.did}`,
        'asked      mail.read on inbox/support',
        'presented  GET https://mail.example/inbox?folder=1',
        `presenter  ${world.agent.did}, Agent`,
        'agent      agt_mailer',
        'status     head 1 of 2026-11-22 09:00:00 UTC, 2 lists',
        'proven     chain, authority-key, presentation, target',
        'stated     decision, time, ask, status, policy: by the word of the service provider',
      ]),
    )
  })

  it('answers programs with all of it, dates in ISO form, and no token', async () => {
    const { world, provider, verify } = await recorded()

    const { json, stdout } = await verify('--did', provider.person.did, '--json')

    expect(json()).toMatchObject({
      verified: true,
      accepted: true,
      decidedAt: '2026-11-22T09:00:00.000Z',
      presenter: world.agent.did,
      ask: { action: 'mail.read', identifier: 'inbox/support' },
      status: {
        head: { seq: 1, iatMs: '2026-11-22T09:00:00.000Z' },
        lists: [{ asOf: '2026-11-22T09:00:00.000Z' }, {}],
      },
    })
    expect(stdout).not.toContain('eyJ')
  })

  it('refuses what somebody changed, and ends with 3', async () => {
    const { provider, directory, verify } = await recorded()
    expect((await verify('--did', provider.person.did)).code).toBe(0)
    write(directory, 'receipt.jwt', 'e30.e30.AA')

    const { code, lines } = await verify('--did', provider.person.did)

    expect(code).toBe(3)
    expect(lines().slice(0, 3)).toEqual([
      'REFUSED  malformed (typ)',
      'The text is no receipt, or only a part of one.',
      expect.stringMatching(/^to mend {2}give the file as the service wrote it/),
    ])
    expect((await verify('--did', provider.person.did, '--json')).json()).toMatchObject({
      verified: false,
      refusal: { part: 'form' },
      explanation: { fix: expect.any(String) },
    })
  })

  it('says of a receipt in which a letter was changed that it was changed, not that a key was rotated', async () => {
    const { provider, directory, verify } = await recorded()
    const [head, payload = '', signature] = readFileSync(join(directory, 'receipt.jwt'), 'utf8')
      .trim()
      .split('.')
    const changed = Buffer.from(payload, 'base64url').toString().replace('mail.read', 'mail.raed')
    write(directory, 'receipt.jwt', [head, Buffer.from(changed).toString('base64url'), signature].join('.'))

    const { code, stdout } = await verify('--did', provider.person.did)

    expect(code).toBe(3)
    expect(stdout).toContain('The receipt was changed after it was signed')
    expect(stdout).not.toContain('rotated')
  })

  it.each([
    ['a word', 'hello', 'The text is no receipt'],
    ['JSON', '{"chain":[]}', 'The text is no receipt'],
    ['nothing', '', 'The text is no receipt'],
  ])('says of %s that it is no receipt', async (_, text, message) => {
    const { provider, directory, verify } = await recorded()
    write(directory, 'receipt.jwt', text)

    const { code, stdout } = await verify('--did', provider.person.did)

    expect({ code, stdout }).toEqual({ code: 3, stdout: expect.stringContaining(message) })
    expect(stdout).not.toContain('presentation')
  })

  it('refuses the receipt of another service', async () => {
    const { world, verify } = await recorded()

    expect(await verify('--did', world.owner.did)).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(
        /key_not_authorized \(iss\)\nThe receipt is of another service provider than/,
      ),
    })
  })

  it('takes a public key in place of the DID', async () => {
    const { provider, directory, verify } = await recorded()
    const { d: _, ...jwk } = await generateKey('Ed25519')
    write(directory, 'other.json', jwk)
    const x = Buffer.from(provider.person.signer.publicKey.raw).toString('base64url')
    write(directory, 'key.json', { kty: 'OKP', crv: 'Ed25519', x })

    expect((await verify('--key', 'key.json')).code).toBe(0)
    expect((await verify('--key', 'other.json')).code).toBe(3)
  })

  it('takes of a private key the public half, and repeats nothing of it', async () => {
    const keys = [await generateKey('Ed25519'), await generateKey('P-256')] as const
    const signer = await createLocalSigner(keys[0])
    const { directory, verify } = await recorded({ did: didOfSigner(signer), signer })
    write(directory, 'service.json', { ...keys[0], kid: signer.keyId })
    write(directory, 'other.json', keys[1])

    const own = await verify('--key', 'service.json')
    const other = await verify('--key', 'other.json')

    expect(own.code).toBe(0)
    expect(other).toMatchObject({ code: 3, stdout: expect.stringContaining('signed with another key') })
    expect(own.stdout + own.stderr).not.toContain(keys[0].d)
    expect(other.stdout + other.stderr).not.toContain(keys[1].d)
  })

  it('takes the documents of DIDs on the web from files', async () => {
    const person = await makeWebPerson('did:web:mail.example')
    const { directory, verify } = await recorded(person)
    write(directory, 'did.json', documentOf('did:web:mail.example', [person.signer]))

    expect((await verify('--did', person.did, '--document', 'did.json')).code).toBe(0)
    expect(await verify('--did', person.did)).toMatchObject({
      code: 3,
      stdout: expect.stringContaining(
        'give the document that was kept beside the receipt: --document did.json',
      ),
    })
  })

  it.each([
    [[], '--did DID or --key FILE'],
    [['--did', 'did:key:z6Mk', '--key', 'key.json'], 'not both'],
    [['--key', 'anchor.json'], 'anchor.json must hold a key as a JWK, Ed25519 or P-256, public or private'],
    [['--did', 'did:key:zz'], 'did must be the DID of the service provider: a did:key or did:jwk'],
    [['--did', 'mail.example'], 'did must be the DID of the service provider'],
    [['--did', 'did:web:a.example', '--document', 'receipt.jwt'], 'must hold one JSON object'],
  ])('says what to mend of %j, and ends with 2', async (words, message) => {
    const { verify } = await recorded()

    expect(await verify(...words)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
  })
})

describe('procura verify --receipt', () => {
  const WORDS = [
    'verify',
    '--request',
    'request.json',
    '--trust',
    'anchor.json',
    '--audience',
    'https://mail.example',
  ]
  const RECEIPT = ['--receipt', 'receipt.jwt', '--receipt-key', 'service.json']

  async function placed() {
    const world = await World.create()
    const place = directoryOf(world)
    writeRequest(place.directory, await world.present(await world.agentChain()))
    await run(['agent', 'keygen', 'service.json'], place)
    const { kid } = read(place.directory, 'service.json')
    return { world, place, did: String(kid).split('#')[0] ?? '' }
  }

  it('writes a receipt that verifies', async () => {
    const { place, did } = await placed()

    expect((await run([...WORDS, '--action', 'mail.read', ...RECEIPT], place)).code).toBe(0)
    expect((await run(['receipt', 'verify', 'receipt.jwt', '--did', did], place)).code).toBe(0)
  })

  it('writes one of a refusal once the presenter is known, and says when there is none to write', async () => {
    const { world, place, did } = await placed()
    world.site.reachable = false
    const unknown = await run([...WORDS, '--action', 'mail.read', ...RECEIPT], place)
    const said = await run(['receipt', 'verify', 'receipt.jwt', '--did', did], place)
    expect([unknown.code, said.code]).toEqual([4, 0])
    expect(said.stdout).toContain('GENUINE  refused: status_unavailable (link 0)')

    const refused = await run([...WORDS, '--action', 'mail.delete', ...RECEIPT.with(1, 'none.jwt')], place)

    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('no receipt was written') })
  })

  it('needs a key and a place', async () => {
    const { place } = await placed()

    expect(await run([...WORDS, '--action', 'mail.read', '--receipt', 'x'], place)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('belong together'),
    })
  })
})
