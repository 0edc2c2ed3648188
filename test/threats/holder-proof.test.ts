import { beforeAll, describe, expect, it } from 'vitest'
import { encodeBase64url } from '../../src/core/base64url.ts'
import { CLOCK_SKEW_MS, systemRandom } from '../../src/core/clock.ts'
import type { ReplayStore } from '../../src/verifier/ports.ts'
import { MemoryReplayStore } from '../../src/verifier/replay-store.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { codeOf, makePerson, type Person, requestOf, World } from '../helpers/world.ts'
import { presentRaw } from './raw.ts'
import { READ, Stage } from './stage.ts'

let stage: Stage
let chain: readonly [string, string]
let mallory: Person

beforeAll(async () => {
  stage = await Stage.create()
  chain = await stage.world.agentChain()
  mallory = await makePerson()
})

/** The parameters of an honest signature, with some in another way. */
function parametersWith(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const created = Math.floor(stage.world.now / 1000)
  const all: Record<string, string | undefined> = {
    created: `${created}`,
    expires: `${created + 60}`,
    nonce: `"${encodeBase64url(systemRandom(16))}"`,
    keyid: `"${stage.world.agent.signer.keyId}"`,
    tag: '"agent-delegation"',
    ...changes,
  }
  const written = Object.entries(all).filter(([, value]) => value !== undefined)
  return written.map(([name, value]) => `;${name}=${value}`).join('')
}

const outcomeWith = async (changes: Readonly<Record<string, string | undefined>>) =>
  stage.request(await presentRaw(stage.world, chain, { parameters: parametersWith(changes) }))

describe('a thief of a chain', () => {
  it('cannot show it bare, in any way [HP-01]', async () => {
    const signed = await stage.world.present(chain)
    const field = signed.header('agent-delegation') ?? ''

    expect(await stage.request(requestOf('GET', '/inbox', { 'agent-delegation': field }))).toBe(
      'holder_proof_invalid',
    )
    expect(await stage.token(chain[1])).toBe('malformed')
    expect(await stage.request(requestOf('GET', '/inbox', { authorization: `Bearer ${chain[1]}` }))).toBe(
      'chain_required',
    )
    const { proof: _, ...bare } = await stage.world.document(chain, { challenge: 'a1b2c3d4e5f60718' })
    expect(await stage.document(bare)).toBe('malformed')
    expect(await stage.request(signed)).toBe('verified')
  })

  it('cannot sign with a key that the chain does not end at [HP-02]', async () => {
    const { world } = stage
    const asAgent = { ...mallory.signer, keyId: world.agent.signer.keyId }

    for (const signer of [mallory.signer, asAgent, world.owner.signer, world.authority.signer])
      expect(await stage.chain(chain, { signer })).toBe('holder_proof_invalid')
    expect(await stage.chain(chain, { signer: world.agent.signer })).toBe('verified')
  })

  it("cannot put somebody's link below one of theirs, nor theirs below somebody's [HP-03]", async () => {
    const { world } = stage
    const subject = { ...world.ownerCredential().subject, id: mallory.did }
    const owned = await world.sign(world.ownerCredential({ subject }), world.authority.signer)
    const own = await world.sign(world.agentCredential({ id: mallory.did }), mallory.signer)

    expect(await stage.chain([owned, chain[1]])).toBe('chain_broken')
    expect(await stage.chain([chain[0], own], { signer: mallory.signer })).toBe('key_not_authorized')
    expect(await stage.chain(chain)).toBe('verified')
  })
})

describe('a request that was signed', () => {
  it('is good once: here, at another process with the same store, and after a restart of one [HP-04]', async () => {
    const replay = new MemoryReplayStore(stage.world.clock)
    const shared = await Stage.create({
      world: stage.world,
      verifier: { replay: new MemoryReplayStore(stage.world.clock) },
    })
    const [here, there] = [await started(replay), await started(replay)]
    const request = await stage.world.present(chain)

    expect(codeOf(await here.verify(request, READ))).toBe('verified')
    expect(codeOf(await here.verify(request, READ))).toBe('replayed')
    expect(codeOf(await there.verify(request, READ))).toBe('replayed')
    here.close()
    expect(codeOf(await (await started(replay)).verify(request, READ))).toBe('replayed')
    expect(codeOf(await shared.warm.verify(await stage.world.present(chain), READ))).toBe('verified')
  })

  /** A process that was just started, with a store that others use too. */
  async function started(replay: MemoryReplayStore) {
    const other = await Stage.create({ world: stage.world, verifier: { replay } })
    return other.warm
  }

  it.each<[what: string, options: Partial<VerifierOptions>]>([
    ['its signature is looked at in a thread', { threads: true }],
    ['its store is waited for', {}],
  ])('that ends while %s is not taken once more [HP-04] [HP-10]', async (_what, options) => {
    const world = await World.create()
    const texts = await world.agentChain()
    const replay = new MemoryReplayStore(world.clock)
    const waited = { use: async (...nonce: Parameters<ReplayStore['use']>) => replay.use(...nonce) }
    const { warm } = await Stage.create({ world, verifier: { replay: waited, ...options } })
    // Nonces are forgotten by the half minute: this one is as soon as its proof is good no more.
    const expires = 30 * Math.ceil(world.now / 30_000) + 30
    const created = `${Math.floor(world.now / 1000)}`
    const keyid = `"${world.agent.signer.keyId}"`
    const parameters = parametersWith({ created, expires: `${expires}`, keyid })
    const request = await presentRaw(world, texts, { parameters })

    expect(codeOf(await warm.verify(request, READ))).toBe('verified')
    world.now = expires * 1000 + CLOCK_SKEW_MS
    await world.site.publish()
    await warm.sync()
    expect(codeOf(await warm.verify(request, READ))).toBe('replayed')
    const replaying = warm.verify(request, READ)
    world.now++
    expect(codeOf(await replaying)).toBe('holder_proof_invalid')
  })

  it.each([
    'https://other.example',
    'https://mail.example.evil.example',
    'http://mail.example',
    'https://mail.example:8443',
    'https://MAIL.example',
    'https://user@mail.example',
    'https://evil.example/https://mail.example',
  ])('for %s is none for us [HP-08]', async (origin) => {
    expect(await stage.request(await presentRaw(stage.world, chain, { origin }))).toBe('holder_proof_invalid')
    expect(await stage.request(await presentRaw(stage.world, chain, {}))).toBe('verified')
  })

  it.each<[what: string, audience: string]>([
    ['another service', 'https://other.example/'],
    ['one whose name begins with ours', 'https://mail.example.evil.example/'],
    ['another scheme', 'http://mail.example/'],
    ['another port', 'https://mail.example:8443/'],
    ['a path of ours', 'https://mail.example/inbox'],
    ['us, without the slash', 'https://mail.example'],
  ])('or a token, or a document, for %s is none for us [HP-08]', async (_what, audience) => {
    const challenge = 'b1b2c3d4e5f60718'
    const document = await stage.world.document(chain, { challenge, domain: audience })

    expect(await stage.token(await stage.world.token(chain, { audience }))).toBe('audience_mismatch')
    expect(await stage.document(document, challenge)).toBe('audience_mismatch')
    expect(await stage.token(await stage.world.token(chain))).toBe('verified')
  })

  it.each<[what: string, nonce: string | undefined]>([
    ['without a nonce', undefined],
    ['with an empty nonce', '""'],
    ['with a nonce of 15 bytes', `"${encodeBase64url(new Uint8Array(15))}"`],
    ['with a nonce of 65 bytes', `"${encodeBase64url(new Uint8Array(65))}"`],
    ['with a nonce that is no base64url', '"nonce nonce nonce nonce"'],
    ['with a number as its nonce', '1234567890'],
    ['with bytes as its nonce', `:${Buffer.alloc(16).toString('base64')}:`],
  ])('%s is none [HP-09]', async (_what, nonce) => {
    expect(await outcomeWith({ nonce })).toBe('holder_proof_invalid')
    expect(await outcomeWith({})).toBe('verified')
  })

  it('has its nonce for itself, however that is spelt [HP-09]', async () => {
    const nonce = Buffer.from(systemRandom(16))
    const used = await outcomeWith({ nonce: `"${nonce.toString('base64url')}"` })
    const again = await presentRaw(stage.world, chain, {
      parameters: parametersWith({ nonce: `"${nonce.toString('base64')}"` }),
    })

    expect(used).toBe('verified')
    expect(codeOf(await stage.warm.verify(again, READ))).toBe('replayed')
  })

  it.each<[what: string, changes: (now: number) => Readonly<Record<string, string | undefined>>]>([
    ['ten years ago', (now) => ({ created: `${now - 315_360_000}`, expires: `${now - 315_359_940}` })],
    ['ten years ago, for ten years', (now) => ({ created: `${now - 315_360_000}`, expires: `${now + 60}` })],
    ['at no time', () => ({ created: undefined })],
    ['for ever', () => ({ expires: undefined })],
    ['for 61 seconds', (now) => ({ expires: `${now + 61}` })],
    ['in another form', (now) => ({ created: `"${now}"` })],
    ['with a fraction', (now) => ({ created: `${now}.5` })],
    ['before it was signed', (now) => ({ expires: `${now - 1}` })],
    ['beyond all numbers', () => ({ created: '999999999999999', expires: '999999999999999' })],
  ])('%s is none [HP-10, PD-09]', async (_what, changes) => {
    expect(await outcomeWith(changes(Math.floor(stage.world.now / 1000)))).toBe('holder_proof_invalid')
    expect(await outcomeWith({})).toBe('verified')
  })

  it.each([
    [-90, 'verified'],
    [-91, 'holder_proof_invalid'],
    [30, 'verified'],
    [31, 'holder_proof_invalid'],
    [-300, 'holder_proof_invalid'],
    [300, 'holder_proof_invalid'],
  ])(
    'by a clock that is %i s off is %s: 30 s are granted at both ends, inclusive [HP-15]',
    async (seconds, code) => {
      expect(await stage.chain(chain, { at: stage.world.now + seconds * 1000 })).toBe(code)
    },
  )
})

describe('somebody between agent and service', () => {
  it.each<[what: string, components: readonly string[]]>([
    ['the chain', ['"@method"', '"@target-uri"']],
    ['the method', ['"@target-uri"', '"agent-delegation"']],
    ['the target', ['"@method"', '"agent-delegation"']],
    ['the target but its path', ['"@method"', '"@path"', '"@authority"', '"agent-delegation"']],
    ['the chain but one link of it', ['"@method"', '"@target-uri"', '"agent-delegation";key="a"']],
    ['anything', []],
  ])('finds no signature that leaves out %s [HP-01]', async (_what, components) => {
    expect(await stage.request(await presentRaw(stage.world, chain, { components }))).toBe(
      'holder_proof_invalid',
    )
    expect(await stage.request(await presentRaw(stage.world, chain))).toBe('verified')
  })

  it.each<[what: string, change: (request: { method: string; target: string }) => object]>([
    ['method', () => ({ method: 'DELETE' })],
    ['path', () => ({ target: '/outbox' })],
    ['query', ({ target }) => ({ target: `${target}?all=1` })],
    ['spelling of the path', () => ({ target: '/%69nbox' })],
    ['body', () => ({ body: new TextEncoder().encode('{"amount":1000000}') })],
  ])('cannot exchange the %s [HP-01]', async (_what, change) => {
    const request = await stage.world.present(chain)

    expect(await stage.request({ ...request, ...change(request) })).toBe('holder_proof_invalid')
    expect(await stage.request(request)).toBe('verified')
  })

  it.each<[what: string, body: (body: Uint8Array) => Uint8Array | undefined]>([
    ['another', () => new TextEncoder().encode('{"amount":1000000}')],
    ['a longer', (body) => Buffer.concat([body, Buffer.of(32)])],
    ['an empty', () => new Uint8Array()],
    ['no', () => undefined],
  ])('cannot put %s body under a signature that covers one [HP-01]', async (_what, change) => {
    const body = new TextEncoder().encode('{"amount":1}')
    const request = await stage.world.present(chain, { method: 'POST', body })
    const { body: _, ...rest } = request
    const other = change(body)

    expect(await stage.request(other === undefined ? rest : { ...rest, body: other })).toBe(
      'holder_proof_invalid',
    )
    expect(await stage.request(request)).toBe('verified')
  })

  it('cannot add a second signature of the kind, nor choose between two [HP-02]', async () => {
    const [one, two] = [
      await stage.world.present(chain),
      await stage.world.present(chain, { signer: mallory.signer }),
    ]
    const join = (name: string) => `${two.header(name)?.replace(/^[a-z]+=/, 'other=')}, ${one.header(name)}`
    const both = {
      ...one,
      header: (name: string) => (name.startsWith('signature') ? join(name) : one.header(name)),
    }

    expect(await stage.request(both)).toBe('holder_proof_invalid')
    expect(await stage.request(one)).toBe('verified')
  })
})
