import { describe, expect, it } from 'vitest'
import { signBytes } from '../../src/securing/sign-bytes.ts'
import { alice, bob, mallory } from '../helpers/signers.ts'

const DATA = new TextEncoder().encode('what is signed')

describe('signBytes', () => {
  it.each([alice, mallory])('releases what verifies', async (signer) => {
    expect(await signBytes(signer, DATA)).toEqual(await signer.sign(DATA))
  })

  it.each([
    ['of another key', { ...mallory, publicKey: alice.publicKey }],
    ['of another kind of key', { ...alice, publicKey: bob.publicKey }],
  ])('releases no signature %s', async (_, signer) => {
    await expect(signBytes(signer, DATA)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
  })

  it('leaves it to the thread pool of Node to verify', async () => {
    const signature = await alice.sign(DATA)
    let isReleased = false
    const releasing = signBytes({ ...alice, sign: async () => signature }, DATA).then(() => {
      isReleased = true
    })
    for (let turn = 0; turn < 100; turn++) await undefined
    expect(isReleased).toBe(false)

    await releasing
    expect(isReleased).toBe(true)
  })
})
