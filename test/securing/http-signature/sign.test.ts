import { describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../../../src/core/bytes.ts'
import { PROCURA_API_PROFILE } from '../../../src/securing/http-signature/profile.ts'
import { type SignRequestOptions, signRequest } from '../../../src/securing/http-signature/sign.ts'
import { alice, mallory, outcomeOf } from '../../helpers/signers.ts'
import { GET, ORIGIN, POST, receive, signedMessage, withFields } from './messages.ts'

const signGet = (options: Partial<SignRequestOptions>) => signedMessage(GET, options)

describe('signRequest', () => {
  it('adds the two signature fields, and a digest only to a body', async () => {
    const added = async (body?: Uint8Array) =>
      Object.keys(
        await signRequest({
          profile: PROCURA_API_PROFILE,
          method: 'POST',
          targetUri: `${ORIGIN}/`,
          headers: { 'content-type': 'text/plain' },
          ...(body && { body }),
          signer: alice,
          now: 0,
          random: (length) => new Uint8Array(length),
        }),
      )

    expect(await added()).toEqual(['signature-input', 'signature'])
    expect(await added(new Uint8Array())).toEqual(['signature-input', 'signature'])
    expect(await added(encodeUtf8('x'))).toEqual(['signature-input', 'signature', 'content-digest'])
  })

  it('takes 16 new bytes for each nonce', async () => {
    const asked: number[] = []
    const random = (length: number) => {
      asked.push(length)
      return new Uint8Array(length).fill(asked.length)
    }
    const first = await signGet({ random })
    const second = await signGet({ random })

    expect(asked).toEqual([16, 16])
    expect(first.fields['signature-input']).not.toBe(second.fields['signature-input'])
  })

  it('covers the fields of the profile and no other', async () => {
    const message = await signedMessage(withFields(GET, { 'x-other': '1', 'content-type': 'text/plain' }))

    expect(message.fields['signature-input']).toMatch(
      /^agent-delegation=\("@method" "@target-uri" "agent-delegation"\);/,
    )
  })

  it.each([
    [1, 'created=1795300000;expires=1795300001;'],
    [60, 'created=1795300000;expires=1795300060;'],
  ])('lives %i s when told so', async (expiresInSeconds, text) => {
    expect((await signGet({ expiresInSeconds })).fields['signature-input']).toContain(text)
  })

  it('writes whole seconds and is read at once', async () => {
    const now = 1_795_300_000_999
    const message = await signGet({ now })

    expect(message.fields['signature-input']).toContain(';created=1795300000;expires=1795300060;')
    expect(outcomeOf(await receive(message, { now }))).toBe('accepted')
  })

  it.each([0, -1, 61, 1.5, Number.NaN])('refuses a lifetime of %d s', async (expiresInSeconds) => {
    await expect(signGet({ expiresInSeconds })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })

  it('signs for a server without TLS', async () => {
    await expect(signGet({ targetUri: 'http://127.0.0.1:3000/' })).resolves.toMatchObject({ method: 'GET' })
  })

  it.each([
    '/inbox',
    'https://mail.example',
    'https://MAIL.example/',
    'https://mail.example:443/',
    'https://mail.example/a/../b',
    'https://mail.example/#top',
    'https://mail.example/#',
    'https://user@mail.example/',
    'https://mail.example/ä',
    'ftp://mail.example/',
    'xhttps://mail.example/',
    'data:text/plain,x',
    '',
  ])('refuses the target %j, which no server would compose', async (targetUri) => {
    await expect(signGet({ targetUri })).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_ARGUMENT' })
  })

  it.each([
    ['a field of the profile that is missing', {}],
    ['a line break', { 'agent-delegation': '"a"\n' }],
    ['a character beyond ASCII', { 'agent-delegation': '"é"' }],
  ])('refuses %s', async (_, headers: Record<string, string>) => {
    await expect(signGet({ headers })).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_ARGUMENT' })
  })

  it('refuses a body without a type', async () => {
    const { 'content-type': _, ...headers } = POST.fields

    await expect(signedMessage(POST, { headers })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })

  it('computes the digest itself, whatever field is given', async () => {
    const message = await signedMessage(withFields(POST, { 'content-digest': 'sha-256=:AAAA:' }))

    expect(outcomeOf(await receive(message))).toBe('accepted')
  })

  it('releases nothing that does not verify', async () => {
    const faulty = { ...alice, sign: (bytes: Uint8Array) => mallory.sign(bytes) }

    await expect(signGet({ signer: faulty })).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_KEY' })
  })
})
