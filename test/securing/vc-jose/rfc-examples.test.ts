import { describe, expect, it } from 'vitest'
import { decodeBase64url } from '../../../src/core/base64url.ts'
import { encodeUtf8 } from '../../../src/core/bytes.ts'
import { verifyCompactJws } from '../../../src/securing/vc-jose/compact-jws.ts'
import { alice, bob, methodOf, outcomeOf } from '../../helpers/signers.ts'

describe('compact JWS and the examples of the RFCs', () => {
  it('signs and verifies RFC 8037 appendix A.4', async () => {
    const input = 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc'
    const signature = 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg'

    expect(await alice.sign(encodeUtf8(input))).toEqual(decodeBase64url(signature))
    expect(outcomeOf(await verifyExample('EdDSA', input, signature))).toBe('accepted')
    expect(outcomeOf(await verifyExample('EdDSA', input.replace('eyJ', 'eyK'), signature))).toBe(
      'signature_invalid',
    )
  })

  it('verifies RFC 7515 appendix A.3', async () => {
    const input =
      'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'
    const signature = 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q'

    expect(outcomeOf(await verifyExample('ES256', input, signature))).toBe('accepted')
    expect(outcomeOf(await verifyExample('ES256', `${input}A`, signature))).toBe('signature_invalid')
  })
})

function verifyExample(algorithm: 'EdDSA' | 'ES256', input: string, signature: string) {
  const bytes = decodeBase64url(signature) ?? new Uint8Array()
  const method = methodOf(algorithm === 'EdDSA' ? alice : bob)
  return verifyCompactJws({ algorithm, signingInput: encodeUtf8(input), signature: bytes }, method)
}
