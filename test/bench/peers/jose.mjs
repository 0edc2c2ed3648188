import { compactVerify, decodeProtectedHeader, importJWK } from 'jose'
import { isInForce, rawKeyOf, trialsOf } from './shared.mjs'

/*
 * jose by hand: what somebody would write who has our tokens and a JOSE library. Signatures, the order of the chain, times,
 * audience, both status lists, and whether the last link grants the action. Neither attenuation nor constraints, no closed
 * JSON, no replay.
 */
export function makeSubjects({ tokens, lists, audience, now, action }) {
  const seconds = now / 1000
  return [
    {
      name: 'jose',
      items: tokens.good,
      trials: trialsOf(tokens, true),
      async act(token) {
        const presentation = await open(token, 'vp+jwt')
        const { claims, kid } = presentation
        if (claims.aud !== audience || claims.exp < seconds || claims.iat > seconds) return 'untimely'
        let issuer
        let last
        for (const { id } of claims.verifiableCredential) {
          const { claims: credential, kid: signer } = await open(id.slice(id.indexOf(',') + 1), 'vc+jwt')
          if (!signer.startsWith(`${credential.issuer}#`)) return 'foreign key'
          if (issuer !== undefined && credential.issuer !== issuer) return 'broken'
          if (Date.parse(credential.validFrom) > now || Date.parse(credential.validUntil) <= now)
            return 'untimely'
          if (!isInForce(credential, lists)) return 'revoked'
          last = credential.credentialSubject
          issuer = last.id
        }
        if (!kid.startsWith(`${issuer}#`)) return 'foreign key'
        return last.authorizationDetails.some(({ actions }) => actions.includes(action))
          ? 'verified'
          : 'not granted'
      },
    },
  ]
}

async function open(token, typ) {
  const { kid } = decodeProtectedHeader(token)
  const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: rawKeyOf(kid) }, 'EdDSA')
  const { payload, protectedHeader } = await compactVerify(token, key, { algorithms: ['EdDSA'] })
  if (protectedHeader.typ !== typ) throw new TypeError('another kind of token')
  return { claims: JSON.parse(new TextDecoder().decode(payload)), kid }
}
