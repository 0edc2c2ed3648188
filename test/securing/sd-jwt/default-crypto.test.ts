import { expect, it, vi } from 'vitest'
import { presentSdJwt } from '../../../src/securing/sd-jwt/sign-key-binding.ts'
import { verifySdJwt } from '../../../src/securing/sd-jwt/verify.ts'
import { bob, outcomeOf } from '../../helpers/signers.ts'
import { bound, issue, NOW, REQUEST, TYP } from './fixtures.ts'

vi.mock('#crypto', () => import('../../../src/core/crypto/default.ts'))

it('signs, presents and verifies SD-JWTs with Web Crypto alone, and accepts nothing else', async () => {
  const token = await issue()
  const presented = await presentSdJwt({ token, typ: TYP, request: REQUEST, signer: bob, now: NOW })
  const other = await issue({ sub: 'somebody else' })
  const [stranger = ''] = other.split('~')
  const [jws = ''] = token.split('~')
  const [header, payload] = stranger.split('.')
  const mixed = `${header}.${payload}.${jws.split('.')[2]}`

  expect(outcomeOf(await verifySdJwt(presented, bound))).toBe('accepted')
  expect(outcomeOf(await verifySdJwt(presented.replace(jws, mixed), bound))).toBe('signature_invalid')
})
