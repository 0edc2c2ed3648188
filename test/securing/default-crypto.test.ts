import { expect, it, vi } from 'vitest'
import { encodeUtf8 } from '../../src/core/bytes.ts'
import { parseCompactJws, verifyCompactJws } from '../../src/securing/vc-jose/compact-jws.ts'
import { signCompactJws } from '../../src/securing/vc-jose/sign.ts'
import { acceptedValue, alice, bob, mallory, methodOf, outcomeOf } from '../helpers/signers.ts'
import { GET, receive, signedMessage } from './http-signature/messages.ts'

vi.mock('#crypto', () => import('../../src/core/crypto/default.ts'))

it.each([alice, bob])('verifies tokens with Web Crypto alone ($algorithm)', async (signer) => {
  const token = await signCompactJws({ typ: 'vc+jwt', payload: {}, signer })
  const jws = acceptedValue(parseCompactJws(token, 'vc+jwt', 4096))
  const verdict = verifyCompactJws(jws, methodOf(signer))

  expect(verdict).toBeInstanceOf(Promise)
  expect(outcomeOf(await verdict)).toBe('accepted')
  expect(outcomeOf(await verifyCompactJws({ ...jws, signingInput: encodeUtf8('x') }, methodOf(signer)))).toBe(
    'signature_invalid',
  )
})

it.each([alice, bob])('verifies requests with Web Crypto alone ($algorithm)', async (signer) => {
  const stolen = { ...mallory, keyId: signer.keyId }

  expect(outcomeOf(await receive(await signedMessage(GET, { signer }), {}, signer))).toBe('accepted')
  expect(outcomeOf(await receive(await signedMessage(GET, { signer: stolen }), {}, signer))).toBe(
    'holder_proof_invalid signature',
  )
})
