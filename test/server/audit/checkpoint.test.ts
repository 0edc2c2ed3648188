import { describe, expect, it } from 'vitest'
import { merkleRoot } from '../../../src/core/merkle.ts'
import { signNote } from '../../../src/securing/signed-note/sign-note.ts'
import {
  auditOrigin,
  openCheckpoint,
  parseCheckpoint,
  signCheckpoint,
} from '../../../src/server/audit/checkpoint.ts'
import { newSigner } from '../../helpers/issuer-service.ts'

const ORIGIN = 'id.example/audit/acme'
const CHECKPOINT = { origin: ORIGIN, size: 5, root: merkleRoot([Uint8Array.of(1)]) }
const LINES = 'id.example/audit/acme\n5\n/hs0/rxlv3Ga5eqmXA6H2mGYW0o1gVUyAiAUKAd2jcY=\n'

describe('a checkpoint', () => {
  it('is origin, size and root, and the signature of the key of that name', async () => {
    const signer = await newSigner()
    const note = await signCheckpoint(CHECKPOINT, signer)

    expect(note.split('\n').slice(0, 2)).toEqual([ORIGIN, '5'])
    expect(await openCheckpoint(note, { name: ORIGIN, key: signer.publicKey })).toEqual(CHECKPOINT)
    expect(parseCheckpoint(note)).toEqual(CHECKPOINT)
  })

  it('is not opened for another trail, though the key be the same', async () => {
    const signer = await newSigner()
    const note = await signNote(`id.example/audit/globex\n5\n${'A'.repeat(43)}=\n`, ORIGIN, signer)

    expect(await openCheckpoint(note, { name: ORIGIN, key: signer.publicKey })).toBeUndefined()
  })

  it.each([
    ['no number', LINES.replace('5', 'five')],
    ['a number with a zero before', LINES.replace('5', '05')],
    ['a negative number', LINES.replace('5', '-5')],
    ['a number beyond 2^53', LINES.replace('5', '9007199254740992')],
    ['a number beyond 2^63', LINES.replace('5', '9223372036854775808')],
    ['a short root', LINES.replace('/hs0', '')],
    ['no root', `${ORIGIN}\n5\n`],
    ['no end of the root', LINES.slice(0, -1)],
    ['no origin', LINES.replace(ORIGIN, '')],
  ])('has not %s', (_, text) => {
    expect(parseCheckpoint(text)).toBeUndefined()
    expect(parseCheckpoint(LINES)).toMatchObject({ size: 5 })
  })

  it('may have lines of others after its own', () => {
    expect(parseCheckpoint(`${LINES}extension\n`)).toMatchObject({ size: 5 })
  })
})

describe('auditOrigin', () => {
  it('is the address of the tiles without the scheme', () => {
    expect(auditOrigin('https://id.example', 'acme')).toBe(ORIGIN)
    expect(auditOrigin('http://127.0.0.1:8787', 'acme')).toBe('127.0.0.1:8787/audit/acme')
  })
})
