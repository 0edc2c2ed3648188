import { describe, expect, it } from 'vitest'
import { memoryStorage } from '../../src/holder/agent-storage.ts'
import { createAgent } from '../../src/holder/create-agent-from-environment.ts'
import { createLocalSigner } from '../../src/securing/vc-jose/local-signer.ts'
import {
  agentOptions,
  agentSigner,
  DAY,
  didOf,
  HELPER_KEY,
  HOUR,
  helperSigner,
  issueChain,
  NOW,
} from './fixtures.ts'

describe('createAgent', () => {
  it('holds a chain that ends at its key', async () => {
    const options = await agentOptions()

    const agent = await createAgent(options)

    expect(agent.did).toBe(didOf(agentSigner))
    expect(agent.agentId).toBe('urn:uuid:0b7c9a54-1111-4222-8333-944455566677')
    expect(agent.chain).toEqual(options.chain)
    expect(agent.validUntil).toBe(NOW + DAY)
  })

  it('takes a signer in place of a key', async () => {
    const agent = await createAgent({ ...(await agentOptions()), key: agentSigner })

    expect(agent.did).toBe(didOf(agentSigner))
  })

  it('holds a P-256 key', async () => {
    const agent = await createAgent({ key: HELPER_KEY, chain: await issueChain({ to: didOf(helperSigner) }) })

    expect(agent.did).toBe(didOf(helperSigner))
  })

  it('holds a key whose DID is a did:jwk', async () => {
    const { kty, crv, x } = { kty: 'OKP', crv: 'Ed25519', ...publicPart() }
    const did = `did:jwk:${Buffer.from(JSON.stringify({ kty, crv, x })).toString('base64url')}` as const

    const agent = await createAgent({ ...(await agentOptions({ to: did })) })

    expect(agent.did).toBe(did)
  })

  it('ends with the first link that ends', async () => {
    const agent = await createAgent(await agentOptions({ ownerLifetimeMs: HOUR }))

    expect(agent.validUntil).toBe(NOW + HOUR)
  })

  it.each([
    ['another key', { key: HELPER_KEY }],
    ['another signer', { key: helperSigner }],
  ])('refuses %s than the chain ends at [HP-02]', async (_, other) => {
    await expect(createAgent({ ...(await agentOptions()), ...other })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_KEY',
    })
  })

  it('refuses a signer that names its key otherwise than the DID does', async () => {
    const { key, ...rest } = await agentOptions()
    if ('sign' in key) throw new Error('a JWK is wanted')
    const renamed = await createLocalSigner(key, 'did:web:agent.example#key-1')

    await expect(createAgent({ ...rest, key: renamed })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_KEY',
    })
  })

  it('refuses links that do not join, and names the link', async () => {
    const { chain, ...rest } = await agentOptions()

    await expect(createAgent({ ...rest, chain: chain.toReversed() })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
      message: expect.stringContaining('chain_broken at link 0'),
    })
  })

  it('refuses a chain that ends with the owner', async () => {
    const { chain, ...rest } = await agentOptions()

    await expect(createAgent({ ...rest, chain: chain.slice(0, 1) })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })

  it('refuses a token that is none, without repeating it', async () => {
    const { chain, ...rest } = await agentOptions()

    await expect(
      createAgent({ ...rest, chain: [chain[0] ?? '', 'secret.secret.secret'] }),
    ).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
      message: expect.not.stringContaining('secret'),
    })
  })

  it('refuses to be without a chain', async () => {
    const { chain: _, ...rest } = await agentOptions()

    await expect(createAgent(rest)).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
      message: expect.stringContaining('PROCURA_CREDENTIAL'),
    })
  })
})

describe('createAgent with a storage', () => {
  it('saves the chain that it is given, and starts from the storage alone the next time', async () => {
    const storage = memoryStorage()
    const { chain, ...rest } = await agentOptions()
    await createAgent({ ...rest, chain, storage })

    expect((await createAgent({ ...rest, storage })).chain).toEqual(chain)
  })

  it('goes on with its own renewal of the delegation that it is given', async () => {
    const storage = memoryStorage()
    const renewed = await issueChain({ issuedAt: NOW + HOUR })
    await storage.saveChain(renewed)

    expect((await createAgent({ ...(await agentOptions()), storage })).chain).toEqual(renewed)
  })

  it('prefers the chain that it is given over a saved one that ends earlier', async () => {
    const storage = memoryStorage()
    await storage.saveChain(await issueChain({ issuedAt: NOW - HOUR }))
    const options = await agentOptions()

    expect((await createAgent({ ...options, storage })).chain).toEqual(options.chain)
  })

  it('prefers the chain that it is given over a saved one of another delegation', async () => {
    const storage = memoryStorage()
    const id = 'urn:uuid:00000000-0000-4000-8000-00000000000f'
    await storage.saveChain(await issueChain({ issuedAt: NOW + HOUR, id }))
    const options = await agentOptions()

    expect((await createAgent({ ...options, storage })).chain).toEqual(options.chain)
    expect(await storage.loadChain()).toEqual(options.chain)
  })

  it('refuses a saved chain that does not join', async () => {
    const storage = memoryStorage()
    await storage.saveChain(['a.b.c', 'd.e.f'])

    await expect(createAgent({ ...(await agentOptions()), storage })).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
    })
  })
})

function publicPart(): { x: string } {
  return { x: Buffer.from(agentSigner.publicKey.raw).toString('base64url') }
}
