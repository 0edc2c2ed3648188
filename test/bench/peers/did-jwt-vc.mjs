import { generateKeyPairSync } from 'node:crypto'
import { EdDSASigner } from 'did-jwt'
import {
  createVerifiableCredentialJwt,
  createVerifiablePresentationJwt,
  verifyCredential,
  verifyPresentation,
} from 'did-jwt-vc'
import { Resolver } from 'did-resolver'
import { getResolver } from 'key-did-resolver'
import { encodeDidKey } from '../../../src/did/did-key.ts'

const HOUR = 3600

/*
 * did-jwt-vc: three credentials of its own form (`vc` claim, JWT) and a presentation with a challenge. Signatures, times, issuers;
 * the order of the chain by hand. No status, no grants.
 */
export async function makeSubjects({ count, challenge, audience }) {
  const resolver = new Resolver(getResolver())
  const items = []
  while (items.length < count) items.push(await makeChain({ challenge, audience }))
  return [
    {
      name: 'did-jwt-vc',
      items,
      trials: [
        { what: 'good', item: await makeChain({ challenge, audience }) },
        { what: 'forged', item: await makeChain({ challenge, audience, forged: true }) },
      ],
      async act(token) {
        const { verifiablePresentation, issuer } = await verifyPresentation(token, resolver, {
          challenge,
          audience,
        })
        let subject
        for (const { proof } of verifiablePresentation.verifiableCredential) {
          const { verifiableCredential } = await verifyCredential(proof.jwt, resolver)
          if (subject !== undefined && verifiableCredential.issuer.id !== subject) return 'broken'
          subject = verifiableCredential.credentialSubject.id
        }
        return subject === issuer ? 'verified' : 'broken'
      },
    },
  ]
}

async function makeChain({ challenge, audience, forged = false }) {
  const people = Array.from({ length: 4 }, makePerson)
  const credentials = []
  for (let i = 0; i < 3; i++) {
    const signer = forged && i === 2 ? { ...people[i], signer: makePerson().signer } : people[i]
    credentials.push(await issue(signer, people[i + 1].did))
  }
  const vp = {
    '@context': ['https://www.w3.org/2018/credentials/v1'],
    type: ['VerifiablePresentation'],
    verifiableCredential: credentials,
  }
  return createVerifiablePresentationJwt({ vp, nonce: challenge, aud: audience }, people[3], { challenge })
}

function issue(issuer, subject) {
  const now = Math.floor(Date.now() / 1000)
  const vc = {
    '@context': ['https://www.w3.org/2018/credentials/v1'],
    type: ['VerifiableCredential'],
    credentialSubject: {
      grants: [
        { actions: ['payment.read'] },
        { actions: ['payment.initiate'], payee: ['acct-1', 'acct-2'], max: '50.00' },
      ],
    },
  }
  return createVerifiableCredentialJwt({ sub: subject, nbf: now - HOUR, exp: now + HOUR, vc }, issuer)
}

function makePerson() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const { d } = privateKey.export({ format: 'jwk' })
  const { x } = publicKey.export({ format: 'jwk' })
  const raw = Buffer.from(x, 'base64url')
  const did = encodeDidKey({ type: 'Ed25519', raw: new Uint8Array(raw) })
  const secret = Buffer.concat([Buffer.from(d, 'base64url'), raw])
  return { did, alg: 'EdDSA', signer: EdDSASigner(secret) }
}
