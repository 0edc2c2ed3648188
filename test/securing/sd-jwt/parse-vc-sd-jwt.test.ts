import { describe, expect, it } from 'vitest'
import { sha256 } from '#crypto'
import { encodeUtf8 } from '../../../src/core/bytes.ts'
import type { Json, JsonObject } from '../../../src/core/json.ts'
import { encodeSha256Multihash } from '../../../src/core/multibase.ts'
import { parseLink } from '../../../src/delegation/parse-link.ts'
import type { ParsedLink } from '../../../src/model/chain.ts'
import { MAX_CREDENTIAL_BYTES } from '../../../src/model/credential.ts'
import { parseVcSdJwt } from '../../../src/securing/sd-jwt/parse-vc-sd-jwt.ts'
import { verifyCompactJws } from '../../../src/securing/vc-jose/compact-jws.ts'
import { parseVcJwt } from '../../../src/securing/vc-jose/parse-vc-jwt.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import { AGENT, parsed, RUN, runJson, START } from '../../helpers/credentials.ts'
import { acceptedValue, alice, mallory, methodOf, outcomeOf } from '../../helpers/signers.ts'
import {
  AGENT_SIGNER,
  disclosureOf,
  handMade,
  hidden,
  hiddenRunJson,
  READ,
  READ_DISCLOSURE,
  SEND,
  SEND_DISCLOSURE,
} from './samples.ts'

const both = [READ_DISCLOSURE, SEND_DISCLOSURE]

/** The credential that is read from a run with these entries. */
const runWith = (...authorizationDetails: JsonObject[]) => parsed(runJson({ authorizationDetails }))

function signedPart({ signatures: [{ signingInput, ...rest }] }: ParsedLink) {
  if (typeof signingInput === 'function') throw new Error('an SD-JWT is read whole')
  return { ...rest, signingInput }
}

async function outcome(payload: JsonObject, disclosures: readonly string[] = both): Promise<string> {
  return outcomeOf(parseVcSdJwt(await handMade(payload, disclosures)))
}

describe('parseVcSdJwt', () => {
  it('reads a link with all its entries and keeps what its signature covers', async () => {
    const token = await handMade(hiddenRunJson(), both)

    const link = acceptedValue(parseVcSdJwt(token))

    expect(link).toMatchObject({
      mechanism: 'vc+sd-jwt',
      credential: runWith(READ, SEND),
      signatures: [{ verificationMethod: AGENT_SIGNER.keyId, algorithm: 'EdDSA' }],
      token,
    })
    expect(outcomeOf(await verifyCompactJws(signedPart(link), methodOf(alice)))).toBe('accepted')
    expect(outcomeOf(await verifyCompactJws(signedPart(link), methodOf(mallory)))).toBe('signature_invalid')
  })

  it('leaves out the entries that are not disclosed', async () => {
    const token = await handMade(hiddenRunJson(), [SEND_DISCLOSURE])

    expect(acceptedValue(parseVcSdJwt(token)).credential).toEqual(runWith(SEND))
  })

  it('reads a link of which nothing is disclosed as one that grants nothing', async () => {
    const token = await handMade(hiddenRunJson(), [])

    expect(acceptedValue(parseVcSdJwt(token)).credential.subject.authorizationDetails).toEqual([])
  })

  it('keeps the order of entries, whatever the order of the disclosures', async () => {
    const token = await handMade(hiddenRunJson(), both.toReversed())

    expect(acceptedValue(parseVcSdJwt(token)).credential).toEqual(runWith(READ, SEND))
  })

  it('reads entries that cannot be hidden beside those that can', async () => {
    const token = await handMade(hiddenRunJson([READ, hidden(SEND_DISCLOSURE)]), [])

    expect(acceptedValue(parseVcSdJwt(token)).credential).toEqual(runWith(READ))
  })

  it('takes SHA-256 when no hash function is named (RFC 9901 §4.1.1)', async () => {
    const { _sd_alg: _, ...payload } = hiddenRunJson()

    expect(await outcome(payload)).toBe('accepted')
  })

  it('digests the payload as signed, whatever is disclosed of it', async () => {
    const payload = hiddenRunJson()
    const all = acceptedValue(parseVcSdJwt(await handMade(payload, both)))
    const none = acceptedValue(parseVcSdJwt(await handMade(payload, [])))

    expect(all.digest).toBe(encodeSha256Multihash(sha256(encodeUtf8(JSON.stringify(payload)))))
    expect(none.digest).toBe(all.digest)
  })

  it('is what a text with a tilde is read by, and no other', async () => {
    const token = await handMade(hiddenRunJson(), both)
    const [jws = ''] = token.split('~')

    expect(await parseLink(token)).toEqual(parseVcSdJwt(token))
    expect(outcomeOf(await parseLink(jws))).toBe('malformed typ')
    expect(outcomeOf(parseVcSdJwt(jws))).toBe('malformed token')
    expect(outcomeOf(parseVcJwt(token))).toMatch(/^malformed/)
  })

  it.each(['vc+jwt', 'JWT', 'vp+sd-jwt', 'dc+sd-jwt', 'kb+jwt', 'application/vc+sd-jwt'])(
    'refuses a %s of the same key [SM-07]',
    async (typ) => {
      expect(outcomeOf(parseVcSdJwt(await handMade(hiddenRunJson(), both, { typ })))).toBe('malformed typ')
    },
  )

  it('refuses a kid that does not lie under the issuer [SM-04]', async () => {
    const signer = { ...mallory, keyId: `${RUN}#key` } as const

    expect(outcomeOf(parseVcSdJwt(await handMade(hiddenRunJson(), both, { signer })))).toBe(
      'key_not_authorized kid',
    )
  })

  it('refuses a key binding, which a chain has no use for', async () => {
    const token = await handMade(hiddenRunJson(), both)
    const binding = await signCompactJws({ typ: 'kb+jwt', payload: {}, signer: alice })

    expect(outcomeOf(parseVcSdJwt(token))).toBe('accepted')
    expect(outcomeOf(parseVcSdJwt(token + binding))).toBe('malformed keyBinding')
  })

  it.each<[string, (token: string) => string]>([
    ['nothing', () => ''],
    ['a tilde', () => '~'],
    ['no JWS', (token) => token.slice(token.indexOf('~'))],
    ['an empty disclosure', (token) => `${token}~`],
    ['a disclosure without its tilde', (token) => token.slice(0, -1)],
    ['a space', (token) => ` ${token}`],
  ])('refuses %s', async (_, change) => {
    const token = await handMade(hiddenRunJson(), both)

    expect(outcomeOf(parseVcSdJwt(token))).toBe('accepted')
    expect(outcomeOf(parseVcSdJwt(change(token)))).toMatch(/^malformed/)
  })

  describe('disclosures', () => {
    it.each<[string, string]>([
      ['one that nobody signed', disclosureOf(['c2FsdDM', READ])],
      ['one with another entry in its place', disclosureOf(['c2FsdA', SEND])],
      ['one twice', READ_DISCLOSURE],
      ['one with a name', disclosureOf(['c2FsdA', 'issuer', AGENT])],
      ['an array of one', disclosureOf(['c2FsdA'])],
      ['an array of four', disclosureOf(['c2FsdA', 'a', READ, 1])],
      ['an object', disclosureOf({ salt: 'c2FsdA', value: READ })],
      ['a salt that is no string', disclosureOf([1, READ])],
      ['text that is not JSON', 'AAAA'],
      ['a member twice', encoded('["c2FsdA",{"type":"api","type":"api"}]')],
      ['padding', `${READ_DISCLOSURE}=`],
    ])('are refused with %s [SM-25]', async (_, disclosure) => {
      expect(await outcome(hiddenRunJson(), both)).toBe('accepted')
      expect(await outcome(hiddenRunJson(), [...both, disclosure])).toBe('malformed disclosures')
    })

    it('are refused in another spelling of the same bytes [SM-25]', async () => {
      const text = disclosureOf(['c2FsdDE', READ])
      const lenient = `${text.slice(0, -1)}${String.fromCharCode(text.charCodeAt(text.length - 1) + 1)}`
      const payload = hiddenRunJson([hidden(lenient)])

      expect(Buffer.from(lenient, 'base64url')).toEqual(Buffer.from(text, 'base64url'))
      expect(await outcome(hiddenRunJson([hidden(text)]), [text])).toBe('accepted')
      expect(await outcome(payload, [lenient])).toBe('malformed disclosures')
    })

    it('are refused where an array element has a disclosure with a name [SM-25]', async () => {
      const named = disclosureOf(['c2FsdA', 'type', 'api'])

      expect(await outcome(hiddenRunJson([hidden(named)]), [named])).toBe('malformed disclosures')
    })

    it('are refused where one digest stands twice, disclosed or not [SM-25]', async () => {
      const entries = [hidden(READ_DISCLOSURE), hidden(READ_DISCLOSURE)]

      expect(await outcome(hiddenRunJson(entries), [READ_DISCLOSURE])).toBe('malformed disclosures')
      expect(await outcome(hiddenRunJson(entries), [])).toBe('malformed disclosures')
      expect(await outcome(hiddenRunJson(entries.slice(1)), [])).toBe('accepted')
    })

    it.each<[string, Json]>([
      ['a digest that is no string', { '...': 1 }],
      ['another member beside the digest', { ...hidden(READ_DISCLOSURE), type: 'api' }],
      ['hidden members of an entry', { ...READ, _sd: [] }],
      ['a hash function of its own', { ...READ, _sd_alg: 'sha-256' }],
      ['an unknown entry with something hidden', { type: 'other', note: [hidden(READ_DISCLOSURE)] }],
    ])('are refused with %s', async (_, entry) => {
      expect(await outcome(hiddenRunJson([entry]), [])).toBe('malformed disclosures')
    })

    it('reveal no entry that hides something itself', async () => {
      const nested = disclosureOf(['c2FsdA', { type: 'other', note: [hidden(SEND_DISCLOSURE)] }])
      const plain = disclosureOf(['c2FsdA', { type: 'other', note: [] }])

      expect(await outcome(hiddenRunJson([hidden(plain)]), [plain])).toBe('accepted')
      expect(await outcome(hiddenRunJson([hidden(nested)]), [nested])).toBe('malformed disclosures')
      expect(await outcome(hiddenRunJson([hidden(nested)]), [nested, SEND_DISCLOSURE])).toBe(
        'malformed disclosures',
      )
    })

    it('are refused when they disclose no entry', async () => {
      const text = disclosureOf(['c2FsdA', 'mail.read'])

      expect(await outcome(hiddenRunJson([hidden(text)]), [text])).toBe(
        'malformed credentialSubject.authorizationDetails',
      )
    })
  })

  describe('anything but an entry', () => {
    const issuer = disclosureOf(['c2FsdA', 'issuer', AGENT])
    const digests = [hidden(issuer)['...'] ?? '']

    it.each<[string, JsonObject, string[]]>([
      ['a member of the credential', { _sd: digests }, [issuer]],
      ['a member of the credential, not disclosed', { _sd: digests }, []],
      ['no member at all', { _sd: [] }, []],
      ['a member of the subject', { credentialSubject: { ...subjectOf(runJson()), _sd: [] } }, []],
      ['a status entry', { credentialStatus: [hidden(READ_DISCLOSURE)] }, []],
      ['a type', { type: ['VerifiableCredential', hidden(READ_DISCLOSURE)] }, []],
      ['a leased list', { credentialSubject: { ...subjectOf(runJson()), statusLease: [hidden('a')] } }, []],
    ])('cannot be hidden: %s', async (_, top, disclosures) => {
      expect(await outcome(hiddenRunJson([READ], top), disclosures)).toBe('malformed disclosures')
    })
  })

  it.each<[Json, string]>([
    ['sha-384', 'unsupported _sd_alg'],
    ['SHA-256', 'unsupported _sd_alg'],
    [null, 'unsupported _sd_alg'],
    [['sha-256'], 'unsupported _sd_alg'],
  ])('refuses the hash function %j', async (algorithm, expected) => {
    expect(await outcome(hiddenRunJson([READ], { _sd_alg: algorithm }), [])).toBe(expected)
  })

  it.each<[string, JsonObject, string]>([
    ['iss', { iss: RUN }, 'malformed iss'],
    ['exp', { exp: START / 1000 + 901 }, 'malformed exp'],
    ['cnf', { cnf: {} }, 'malformed'],
    ['vct', { vct: 'https://id.example/' }, 'malformed'],
  ])('treats the claim %s as in a vc+jwt', async (_, claims, expected) => {
    expect(await outcome(hiddenRunJson([READ], { iss: AGENT, exp: START / 1000 + 900 }), [])).toBe('accepted')
    expect(await outcome(hiddenRunJson([READ], claims), [])).toBe(expected)
  })

  it('refuses more than 16 KiB unread, disclosures included [CP-17]', async () => {
    const token = await handMade(hiddenRunJson(), both)

    expect(outcomeOf(parseVcSdJwt(token.padEnd(MAX_CREDENTIAL_BYTES + 1, '~')))).toBe('limit_exceeded token')
    expect(outcomeOf(parseVcSdJwt('x'.repeat(MAX_CREDENTIAL_BYTES)))).toBe('malformed token')
    expect(outcomeOf(parseVcSdJwt('x'.repeat(MAX_CREDENTIAL_BYTES + 1)))).toBe('limit_exceeded token')
  })

  it('refuses more disclosures than a credential has entries', async () => {
    expect(await outcome(hiddenRunJson(), Array(33).fill(READ_DISCLOSURE))).toBe('limit_exceeded disclosures')
  })

  it('refuses more entries than are read, though they be hidden', async () => {
    const entries = (count: number) => Array.from({ length: count }, (_, i) => hidden(String(i)))

    expect(await outcome(hiddenRunJson(entries(32)), [])).toBe('accepted')
    expect(await outcome(hiddenRunJson(entries(33)), [])).toBe(
      'limit_exceeded credentialSubject.authorizationDetails',
    )
  })

  it.each<[string, Json]>([
    ['no subject', null],
    ['a subject that is an array', []],
    ['entries that are no array', { authorizationDetails: hidden(READ_DISCLOSURE) }],
  ])('refuses %s', async (_, credentialSubject) => {
    expect(await outcome({ ...runJson(), credentialSubject }, [])).toMatch(/^malformed/)
  })
})

function encoded(text: string): string {
  return Buffer.from(text).toString('base64url')
}

function subjectOf(json: JsonObject): JsonObject {
  return json.credentialSubject as JsonObject
}
