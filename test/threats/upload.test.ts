import { beforeEach, describe, expect, it, vi } from 'vitest'
import { MAX_UPLOAD_BYTES } from '../../src/model/chain-upload.ts'
import { formatReference } from '../../src/securing/http-signature/agent-delegation.ts'
import { digestChain, formatUpload } from '../../src/securing/http-signature/chain-upload.ts'
import { MemoryChainStore } from '../../src/verifier/chain-store.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { AUDIENCE, codeOf, makePerson, type PresentOptions, requestOf, World } from '../helpers/world.ts'

let world: World
let verifier: Verifier
let chain: readonly string[]

beforeEach(async () => {
  world = await World.create()
  verifier = await started()
  chain = await world.longChain()
})

async function started(options: Partial<VerifierOptions> = {}): Promise<Verifier> {
  const made = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    fetch: world.site.fetch,
    clock: world.clock,
    ...options,
  })
  await made.sync()
  return made
}

const READ = { action: 'mail.read' }

async function upload(options: PresentOptions = {}, texts = chain): Promise<string> {
  const verdict = await verifier.upload(await world.upload(texts, options))
  return verdict.verified ? 'kept' : `${verdict.refusal.code} ${verdict.refusal.dimension}`
}

async function use(options: PresentOptions = {}, texts = chain): Promise<string> {
  return codeOf(await verifier.verify(await world.refer(texts, options), READ))
}

describe("somebody who knows the reference of somebody else's chain", () => {
  it('cannot use it without a signature [HP-01]', async () => {
    expect(await upload()).toBe('kept')
    const headers = { 'agent-delegation': formatReference(digestChain(chain)) }

    expect(codeOf(await verifier.verify(requestOf('GET', '/inbox', headers), READ))).toBe(
      'holder_proof_invalid',
    )
    expect(await use()).toBe('verified')
  })

  it('cannot use it with a key of theirs [HP-02] [HP-03]', async () => {
    const mallory = await makePerson()
    expect(await upload()).toBe('kept')

    expect(await use({ signer: mallory.signer })).toBe('holder_proof_invalid')
    expect(await use({ signer: { ...mallory.signer, keyId: world.agent.signer.keyId } })).toBe(
      'holder_proof_invalid',
    )
  })

  it('cannot use it from further up the chain either', async () => {
    const below = await world.subAgentChain()
    expect(await upload({ signer: world.subAgent.signer }, below)).toBe('kept')

    expect(await use({ signer: world.agent.signer }, below)).toBe('holder_proof_invalid')
    expect(await use({ signer: world.subAgent.signer }, below)).toBe('verified')
  })

  it('cannot have it kept [HP-02]', async () => {
    const mallory = await makePerson()

    expect(await upload({ signer: mallory.signer })).toBe('holder_proof_invalid keyid')
    expect(await use()).toBe('chain_required')
  })
})

describe('an agent that makes presenters without end', () => {
  it("cannot crowd out other agents' chains", async () => {
    const other = await makePerson()
    const theirs = await world.agentChain({ id: other.did, agentId: 'agt_other' })
    const room = 52 * theirs.join('').length
    verifier = await started({ chains: new MemoryChainStore([world.authority.did], world.clock, room) })
    expect(await upload({ signer: other.signer }, theirs)).toBe('kept')
    for (let i = 0; i < 40; i++) {
      const made = await makePerson()
      expect(await upload({ signer: made.signer }, await world.subAgentChain({ id: made.did }))).toBe('kept')
    }

    expect(await use({ signer: other.signer }, theirs)).toBe('verified')
  })
})

describe('a store of chains that was tampered with', () => {
  it.each<[what: string, answer: unknown]>([
    ['null', null],
    ['a text', 'a.b.c'],
    ['a number', 7],
    ['numbers', [1, 2]],
    ['what only looks like a list', { length: 2 }],
  ])('has nothing, and ends nothing, when it answers %s', async (_what, answer) => {
    expect(await upload()).toBe('kept')
    const request = await world.refer(chain)
    const tampered = await started({ chains: { get: () => answer as readonly string[], put: () => true } })

    expect(codeOf(await tampered.verify(request, READ))).toBe('chain_required')
    expect(codeOf(await verifier.verify(request, READ))).toBe('verified')
  })
})

describe('somebody between agent and service', () => {
  it('cannot send an upload or a use of it once more [HP-04]', async () => {
    const sent = await world.upload(chain)
    expect(await verifier.upload(sent)).toMatchObject({ verified: true })
    expect(await verifier.upload(sent)).toMatchObject({ refusal: { code: 'replayed' } })

    const used = await world.refer(chain)
    expect(codeOf(await verifier.verify(used, READ))).toBe('verified')
    expect(codeOf(await verifier.verify(used, READ))).toBe('replayed')
  })

  it('cannot take it to another service [HP-08]', async () => {
    expect(await upload({ origin: 'https://other.example' })).toBe('holder_proof_invalid signature')
    expect(await upload()).toBe('kept')
    expect(await use({ origin: 'https://other.example' })).toBe('holder_proof_invalid')
  })

  it('cannot hold it back for longer than a proof lives [HP-09] [HP-15]', async () => {
    const at = world.now

    expect(await upload({ at: at - 90_000 })).toBe('kept')
    expect(await upload({ at: at - 91_000 })).toBe('holder_proof_invalid expires')
    expect(await upload({ at: at + 30_000 })).toBe('kept')
    expect(await upload({ at: at + 31_000 })).toBe('holder_proof_invalid created')
    expect(await upload({ random: () => new Uint8Array(15) })).toBe('holder_proof_invalid nonce')
  })

  it('cannot swap the body, nor the reference with it', async () => {
    const other = await world.agentChain()
    const request = await world.upload(chain)
    const field = formatReference(digestChain(other))
    const header = (name: string) => (name === 'agent-delegation' ? field : request.header(name))
    const body = formatUpload(other)

    expect(await verifier.upload({ ...request, body })).toMatchObject({
      refusal: { code: 'malformed', dimension: 'agent-delegation' },
    })
    expect(await verifier.upload({ ...request, body, header })).toMatchObject({
      refusal: { code: 'holder_proof_invalid', dimension: 'content-digest' },
    })
    expect(await verifier.upload(request)).toMatchObject({ verified: true })
  })

  it("cannot write the same chain in another way under the presenter's signature", async () => {
    const request = await world.upload(chain)
    const body = new TextEncoder().encode(JSON.stringify({ chain }, null, 1))

    expect(await verifier.upload({ ...request, body })).toMatchObject({
      refusal: { code: 'holder_proof_invalid', dimension: 'content-digest' },
    })
  })

  it('cannot put the chain in the place of its reference, or the reverse', async () => {
    const short = await world.agentChain()
    const [inField, referred] = [await world.present(short), await world.refer(short)]
    await verifier.upload(await world.upload(short))
    const swap = (a: typeof inField, b: typeof inField) => ({
      ...a,
      header: (name: string) => (name === 'agent-delegation' ? b : a).header(name),
    })

    expect(codeOf(await verifier.verify(swap(inField, referred), READ))).toBe('holder_proof_invalid')
    expect(codeOf(await verifier.verify(swap(referred, inField), READ))).toBe('holder_proof_invalid')
    expect(codeOf(await verifier.verify(inField, READ))).toBe('verified')
    expect(codeOf(await verifier.verify(referred, READ))).toBe('verified')
  })

  it('cannot add a token to a reference', async () => {
    await verifier.upload(await world.upload(chain))
    const request = await world.refer(chain)
    const token = await world.token(chain)
    const header = (name: string) => (name === 'authorization' ? `Bearer ${token}` : request.header(name))

    expect(codeOf(await verifier.verify({ ...request, header }, READ))).toBe('malformed')
    expect(codeOf(await verifier.verify(request, READ))).toBe('verified')
  })

  it.each([
    ['two references', (field: string) => `${field}, ${field}`],
    ['a parameter more', (field: string) => `${field};x`],
    ['another spelling of the digest', (field: string) => field.replace('=:', '==:')],
    ['base64url', (field: string) => field.replace(/[+/]/, '-').replace('=:', ':')],
    ['a longer field', (field: string) => field.padEnd(8000, 'A')],
  ])('cannot use %s', async (_, change) => {
    expect(await upload()).toBe('kept')
    const field = change(formatReference(digestChain(chain)))

    expect(await use({ field })).toMatch(/^(malformed|limit_exceeded)$/)
    expect(await use()).toBe('verified')
  })
})

describe('a flood of chains', () => {
  it('takes no memory while nobody trusted has issued them', async () => {
    const stranger = await makePerson()
    const put = vi.fn(() => true)
    verifier = await started({ chains: { get: () => undefined, put } })
    const owner = await world.sign(world.ownerCredential({ issuer: stranger.did }), stranger.signer)
    const [, agent] = await world.longChain({ authority: stranger.did })

    expect(await upload({}, [owner, agent])).toBe('untrusted_authority undefined')
    expect(put).not.toHaveBeenCalled()
    expect(await upload()).toBe('kept')
    expect(put).toHaveBeenCalledTimes(1)
  })

  it.each([
    ['a body over 256 KiB', () => new Uint8Array(MAX_UPLOAD_BYTES + 1)],
    ['nine links', () => formatUpload(Array.from({ length: 9 }, () => 'a.b.c'))],
    ['a link of more than 16 KiB', () => formatUpload(['a'.repeat(16_385)])],
  ])('is cut off by the limits: %s', async (_, body) => {
    expect(await upload({ body: body() })).toBe('limit_exceeded body')
    expect(await upload()).toBe('kept')
  })

  it('of JSON within JSON ends at the depth limit', async () => {
    const nested = '['.repeat(16_000)

    expect(await upload({ body: new TextEncoder().encode(`{"chain":${nested}`) })).toBe('malformed body')
    expect(await upload({}, [`{"proof":${nested}`, 'a.b.c'])).toMatch(/^malformed/)
  })

  it('by one agent pushes out its own only', async () => {
    const other = await makePerson()
    const theirs = await world.longChain({ id: other.did })
    expect(await upload({ signer: other.signer }, theirs)).toBe('kept')
    for (let i = 0; i < 8; i++) expect(await upload({}, await world.longChain({ name: `${i}` }))).toBe('kept')
    expect(await upload()).toBe('kept')

    expect(await use({ signer: other.signer }, theirs)).toBe('verified')
    expect(await use({}, await world.longChain({ name: '0' }))).toBe('chain_required')
    expect(await use()).toBe('verified')
  })
})
