import { describe, expect, it } from 'vitest'
import { createLocalSigner, generateKey, parsePrivateJwk } from '../../src/securing/vc-jose/local-signer.ts'
import { read, write } from './files.ts'
import { run, scratch } from './run.ts'

describe('procura agent keygen', () => {
  it('prints the DID and the public half of the key that it made, and never the private one', async () => {
    const directory = scratch()

    const { code, stdout, lines } = await run(['agent', 'keygen', 'service.json'], { directory })

    const { d, kid, ...publicKey } = read(directory, 'service.json')
    expect(code).toBe(0)
    expect(lines()[0]).toBe(String(kid).split('#')[0])
    expect(JSON.parse(lines()[1] ?? '')).toEqual(publicKey)
    expect(stdout).not.toContain(d)
  })

  it('is for services too, by its help', async () => {
    const { stdout } = await run(['agent', 'keygen', '--help'])

    expect(stdout).toContain('make a key: of an agent, a run, an auditor')
  })

  it('makes a file that a signer of receipts can be made from', async () => {
    const directory = scratch()
    const { json } = await run(['agent', 'keygen', 'service.json', '--json'], { directory })

    const signer = await createLocalSigner(parsePrivateJwk(read(directory, 'service.json')))

    expect(json()).toMatchObject({ did: signer.keyId.split('#')[0], publicKey: { kty: 'OKP' } })
  })
})

describe('procura agent pubkey', () => {
  it.each([
    ['Ed25519', 'private'],
    ['Ed25519', 'public'],
    ['P-256', 'private'],
    ['P-256', 'public'],
  ] as const)('prints DID and public half of a key of %s that is %s', async (type, half) => {
    const directory = scratch()
    const key = await generateKey(type)
    const { d, ...publicKey } = key
    const { keyId } = await createLocalSigner(key)
    write(directory, 'key.json', half === 'private' ? key : publicKey)

    const { code, json, stdout } = await run(['agent', 'pubkey', 'key.json', '--json'], { directory })

    expect(code).toBe(0)
    expect(json()).toEqual({ did: keyId.split('#')[0], publicKey })
    expect(stdout).not.toContain(d)
  })

  it.each([
    ['no JSON', 'x'],
    ['no key', '{"kty":"oct","k":"AAAA"}'],
    ['half a private key', '{"kty":"OKP","crv":"Ed25519","d":"c2VjcmV0"}'],
  ])('refuses %s without repeating it, and ends with 2', async (_, text) => {
    const directory = scratch()
    write(directory, 'key.json', text)

    const { code, stderr } = await run(['agent', 'pubkey', 'key.json'], { directory })

    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('key.json must hold a') })
    expect(stderr).not.toMatch(/AAAA|c2VjcmV0/)
  })
})
