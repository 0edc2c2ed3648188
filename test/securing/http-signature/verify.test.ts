import { describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../../../src/core/bytes.ts'
import { formatContentDigest } from '../../../src/securing/http-signature/content-digest.ts'
import {
  AGENT_DELEGATION_PROFILE,
  PROCURA_API_PROFILE,
} from '../../../src/securing/http-signature/profile.ts'
import { parseRequestProof, verifyRequestProof } from '../../../src/securing/http-signature/verify.ts'
import { acceptedValue, alice, bob, mallory, methodOf, outcomeOf } from '../../helpers/signers.ts'
import {
  foreignMessage,
  GET,
  type Message,
  NOW,
  OPTIONS,
  PARAMETERS,
  POST,
  presented,
  receive,
  signedMessage,
  sixteenBytes,
  withFields,
  withoutField,
} from './messages.ts'

const BODY_COMPONENTS = ['@method', '@target-uri', 'agent-delegation', 'content-digest', 'content-type']

/** A copy with one text of a field replaced. */
function edited(message: Message, field: string, from: string | RegExp, to: string): Message {
  const value = message.fields[field] ?? ''
  const changed = value.replace(from, to)
  if (changed === value) throw new Error(`${field} has no ${from}`)
  return withFields(message, { [field]: changed })
}

describe('parseRequestProof', () => {
  it('reads what signRequest writes', async () => {
    const proof = acceptedValue(await receive(await signedMessage(GET)))

    expect(proof).toMatchObject({
      keyId: alice.keyId,
      nonce: sixteenBytes(16),
      createdAtMs: NOW,
      expiresAtMs: NOW + 60_000,
    })
    expect(proof).not.toHaveProperty('algorithm')
  })

  it('rebuilds the very signature base of RFC 9421 §2.5', async () => {
    const { signatureBase } = acceptedValue(await receive(await signedMessage(POST)))

    expect(new TextDecoder().decode(signatureBase).split('\n')).toEqual([
      '"@method": POST',
      '"@target-uri": https://mail.example/inbox',
      '"agent-delegation": "a.b.c", "d.e.f"',
      '"content-digest": sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:',
      '"content-type": application/json',
      `"@signature-params": ("@method" "@target-uri" "agent-delegation" "content-digest" "content-type");created=1795300000;expires=1795300060;nonce="AAECAwQFBgcICQoLDA0ODw";keyid="${alice.keyId}";tag="agent-delegation"`,
    ])
  })

  describe('selecting the signature', () => {
    it('refuses a bare credential without any [HP-01]', () => {
      expect(outcomeOf(parseRequestProof(presented(GET), OPTIONS))).toBe('holder_proof_invalid signature')
    })

    it.each(['signature', 'signature-input'])('refuses a request without %s', async (name) => {
      const message = withoutField(await signedMessage(GET), name)

      expect(outcomeOf(await receive(message))).toBe('holder_proof_invalid signature')
    })

    it.each([
      ['signature-input', 'sig1=("@method");tag="other", '],
      ['signature-input', 'sig1=("x;y"  "z")'],
    ])('reads the signatures of others as well: %s %s', async (field, text) => {
      const message = await signedMessage(GET)
      const readable = withFields(message, {
        [field]: `sig1=("@method";req "x");a=?0;b=tok/en;c=:YQ==:, ${message.fields[field]}`,
      })
      const unreadable = withFields(message, { [field]: `${text}, ${message.fields[field]}` })

      expect(outcomeOf(await receive(readable))).toBe('accepted')
      expect(outcomeOf(await receive(unreadable))).toBe('holder_proof_invalid signature-input')
    })

    it.each(['before', 'after'])(
      'passes over a signature with another tag that stands %s',
      async (position) => {
        const ours = await signedMessage(GET)
        const other = await foreignMessage(GET, {
          components: ['@authority'],
          parameters: { ...PARAMETERS, tag: 'web-bot-auth' },
          signer: mallory,
        })
        const [first, second] = position === 'before' ? [other, ours] : [ours, other]

        expect(outcomeOf(await receive(joined(first, second)))).toBe('accepted')
      },
    )

    it('refuses two signatures with the tag, both of them good', async () => {
      const ours = await signedMessage(GET)
      const other = await foreignMessage(GET, { label: 'another' })

      expect(outcomeOf(await receive(other))).toBe('accepted')
      expect(outcomeOf(await receive(joined(ours, other)))).toBe('holder_proof_invalid signature-input')
    })

    it.each([
      ['no tag', undefined],
      ['another tag', 'procura-api'],
      ['the tag in other letters', 'Agent-Delegation'],
    ])('refuses a signature with %s', async (_, tag) => {
      const { tag: __, ...untagged } = PARAMETERS
      const message = await foreignMessage(GET, {
        parameters: tag === undefined ? untagged : { ...untagged, tag },
      })

      expect(outcomeOf(await receive(message))).toBe('holder_proof_invalid signature-input')
    })

    it.each([
      ['under another label', /^agent-delegation/, 'sig1'],
      ['cut short', /=:....../, '=:'],
      ['without its padding', /==:$/, ':'],
      ['that is not canonical base64', /.==:$/, 'B==:'],
      ['in the alphabet of URLs', /:.(.)/, ':-$1'],
      ['with a parameter', /$/, ';a=1'],
      ['that stands there twice', /^(.*)$/, '$1, $1'],
    ])('refuses a signature %s', async (_, from, to) => {
      const message = edited(await signedMessage(GET), 'signature', from, to)

      expect(outcomeOf(await receive(message))).toBe('holder_proof_invalid signature')
    })

    it('refuses fields of more than 4096 characters unread', async () => {
      const message = await signedMessage(GET)
      const padding = (field: string) =>
        `xxxx=:${'A'.repeat(4092 - (message.fields[field] ?? '').length - 5)}:, `
      const padded = (more: string) =>
        withFields(message, { signature: `${padding('signature')}${more}${message.fields.signature}` })

      expect(padded('').fields.signature).toHaveLength(4096)
      expect(outcomeOf(await receive(padded('')))).toBe('accepted')
      expect(outcomeOf(await receive(padded('y=:AAAA:, ')))).toBe('limit_exceeded signature')
    })
  })

  describe('parameters', () => {
    it.each(['created', 'expires', 'nonce', 'keyid'])('refuses a signature without %s', async (name) => {
      const { [name]: _, ...parameters } = PARAMETERS
      const message = await foreignMessage(GET, { parameters })

      expect(outcomeOf(await receive(message))).toBe(`holder_proof_invalid ${name}`)
    })

    it('refuses a parameter that the profile does not name', async () => {
      const message = await foreignMessage(GET, { parameters: { ...PARAMETERS, context: 'x' } })

      expect(outcomeOf(await receive(message))).toBe('holder_proof_invalid parameters')
    })

    it.each(['created', 'expires', 'nonce', 'keyid', 'tag'])(
      'refuses %s twice, though the same',
      async (name) => {
        const parameter = new RegExp(`;${name}=[^;]+`)
        const message = edited(await signedMessage(GET), 'signature-input', parameter, '$&$&')

        expect(outcomeOf(await receive(message))).toBe('holder_proof_invalid signature-input')
      },
    )

    it.each([
      ['created', '"1795300000"'],
      ['created', '1795300000.0'],
      ['created', '-1'],
      ['created', '01795300000'],
      ['created', '?1'],
      ['expires', '"1795300060"'],
      ['expires', '1795300060.5'],
      ['nonce', 'AAECAwQFBgcICQoLDA0ODw'],
      ['nonce', ':AAECAwQFBgcICQoLDA0ODw==:'],
      ['keyid', 'did'],
      ['keyid', '"did:key:z6Mk"'],
      ['keyid', '"did:key:z6Mk#a\\"b"'],
    ])('refuses %s=%s', async (name, value) => {
      const message = edited(
        await signedMessage(GET),
        'signature-input',
        new RegExp(`;${name}=[^;]+`),
        `;${name}=${value}`,
      )

      expect(outcomeOf(await receive(message))).toBe(`holder_proof_invalid ${name}`)
    })

    it.each([
      { ahead: 30_000, outcome: 'accepted' },
      { ahead: 30_001, outcome: 'holder_proof_invalid created' },
      { ahead: 300_000, outcome: 'holder_proof_invalid created' },
    ])('answers $outcome when the signer is $ahead ms ahead [HP-15]', async ({ ahead, outcome }) => {
      expect(outcomeOf(await receive(await signedMessage(GET), { now: NOW - ahead }))).toBe(outcome)
    })

    it.each([
      { late: 90_000, outcome: 'accepted' },
      { late: 90_001, outcome: 'holder_proof_invalid expires' },
      { late: 300_000, outcome: 'holder_proof_invalid expires' },
    ])(
      'answers $outcome when it is read $late ms later: 60 s and 30 s of skew [HP-15]',
      async ({ late, outcome }) => {
        expect(outcomeOf(await receive(await signedMessage(GET), { now: NOW + late }))).toBe(outcome)
      },
    )

    it.each([
      { lifetime: 60, outcome: 'accepted' },
      { lifetime: 0, outcome: 'accepted' },
      { lifetime: 61, outcome: 'holder_proof_invalid expires' },
      { lifetime: 3600, outcome: 'holder_proof_invalid expires' },
      { lifetime: -1, outcome: 'holder_proof_invalid expires' },
    ])('answers $outcome for a lifetime of $lifetime s', async ({ lifetime, outcome }) => {
      const expires = NOW / 1000 + lifetime
      const message = await foreignMessage(GET, { parameters: { ...PARAMETERS, expires } })

      expect(outcomeOf(await receive(message))).toBe(outcome)
    })

    it('refuses a proof of ten years ago, even with an expiry of now [HP-10]', async () => {
      const created = NOW / 1000 - 10 * 365 * 86_400
      const message = await foreignMessage(GET, { parameters: { ...PARAMETERS, created } })

      expect(outcomeOf(await receive(message))).toBe('holder_proof_invalid expires')
    })

    it('refuses every proof when the clock is no number', async () => {
      expect(outcomeOf(await receive(await signedMessage(GET), { now: Number.NaN }))).toBe(
        'holder_proof_invalid created',
      )
    })

    it.each([
      { bytes: 15, outcome: 'holder_proof_invalid nonce' },
      { bytes: 16, outcome: 'accepted' },
      { bytes: 64, outcome: 'accepted' },
      { bytes: 65, outcome: 'holder_proof_invalid nonce' },
      { bytes: 0, outcome: 'holder_proof_invalid nonce' },
    ])('answers $outcome for a nonce of $bytes bytes [HP-09]', async ({ bytes, outcome }) => {
      const nonce = Buffer.alloc(bytes, 7).toString('base64url')
      const message = await foreignMessage(GET, { parameters: { ...PARAMETERS, nonce } })

      expect(outcomeOf(await receive(message))).toBe(outcome)
    })

    it('decodes a nonce to the same bytes, whichever base64 it is written in, so that neither is new [HP-04]', async () => {
      const bytes = Buffer.alloc(17, 0xff)
      for (const encoding of ['base64', 'base64url'] as const) {
        const parameters = { ...PARAMETERS, nonce: bytes.toString(encoding) }
        const { nonce } = acceptedValue(await receive(await foreignMessage(GET, { parameters })))

        expect(Buffer.from(nonce).equals(bytes)).toBe(true)
      }
    })

    it.each([
      { alg: 'ed25519', signer: alice, outcome: 'accepted' },
      { alg: 'ecdsa-p256-sha256', signer: bob, outcome: 'accepted' },
      { alg: 'ecdsa-p256-sha256', signer: alice, outcome: 'holder_proof_invalid alg' },
      { alg: 'ed25519', signer: bob, outcome: 'holder_proof_invalid alg' },
      { alg: 'hmac-sha256', signer: alice, outcome: 'holder_proof_invalid alg' },
      { alg: 'EdDSA', signer: alice, outcome: 'holder_proof_invalid alg' },
    ])(
      'answers $outcome to alg $alg for an $signer.algorithm key [SM-02]',
      async ({ alg, signer, outcome }) => {
        const message = await signedMessage(GET, { signer })
        const claiming = withFields(message, {
          'signature-input': `${message.fields['signature-input']};alg="${alg}"`,
        })
        const proof = parseRequestProof(presented(claiming), OPTIONS)
        const resigned = proof.verified && {
          ...proof.value,
          signature: await signer.sign(proof.value.signatureBase),
        }

        expect(outcomeOf(resigned ? await verifyRequestProof(resigned, methodOf(signer)) : proof)).toBe(
          outcome,
        )
      },
    )
  })

  describe('coverage', () => {
    it('accepts the components in any order', async () => {
      const message = await foreignMessage(GET, {
        components: ['agent-delegation', '@target-uri', '@method'],
      })

      expect(outcomeOf(await receive(message))).toBe('accepted')
    })

    it.each(['@method', '@target-uri', 'agent-delegation'])(
      'refuses a signature that does not cover %s',
      async (name) => {
        const components = ['@method', '@target-uri', 'agent-delegation'].filter(
          (component) => component !== name,
        )
        const message = await foreignMessage(GET, { components })

        expect(outcomeOf(await receive(message))).toBe(`holder_proof_invalid ${name}`)
      },
    )

    it.each(['content-digest', 'content-type'])('refuses a body whose %s is not covered', async (name) => {
      const message = withFields(POST, {
        'content-digest': formatContentDigest(POST.body ?? new Uint8Array()),
      })
      const covering = (components: string[]) => foreignMessage(message, { components })

      expect(outcomeOf(await receive(await covering(BODY_COMPONENTS)))).toBe('accepted')
      expect(
        outcomeOf(await receive(await covering(BODY_COMPONENTS.filter((component) => component !== name)))),
      ).toBe(`holder_proof_invalid ${name}`)
    })

    it('refuses a component beyond those of the profile', async () => {
      const message = await foreignMessage(withFields(GET, { 'x-more': '1' }), {
        components: ['@method', '@target-uri', 'agent-delegation', 'x-more'],
      })

      expect(outcomeOf(await receive(message))).toBe('holder_proof_invalid components')
    })

    it.each([
      ['"@method" ', '"@method" "@method" '],
      ['"@method"', '"@method";req'],
      ['"@method"', '"@METHOD"'],
      ['"agent-delegation"', '"agent-delegation";sf'],
      ['"agent-delegation"', '"agent-delegation";bs'],
    ])('refuses %s written as %s', async (from, to) => {
      const message = edited(await signedMessage(GET), 'signature-input', from, to)

      expect(outcomeOf(await receive(message))).toMatch(
        /^holder_proof_invalid (components|@method|agent-delegation)$/,
      )
    })

    it.each([
      ['spaces', '"@method" "', '"@method"  "'],
      ['a space before a parameter', ';created', '; created'],
      ['a tab', '"@method" "', '"@method"\t"'],
      ['a component that is a token', '"@method"', 'method'],
    ])('refuses %s where a serializer writes none', async (_, from, to) => {
      const message = edited(await signedMessage(GET), 'signature-input', from, to)

      expect(outcomeOf(await receive(message))).toBe('holder_proof_invalid signature-input')
    })

    it('refuses a signature over an agent-delegation that is not there', async () => {
      const message = withoutField(await signedMessage(GET), 'agent-delegation')

      expect(outcomeOf(await receive(message))).toBe('holder_proof_invalid components')
    })

    it.each([
      ['a line break', '"a.b.c"\n"@path": /x'],
      ['a carriage return', '"a.b.c"\r'],
      ['a character beyond ASCII', '"a.b.é"'],
      ['white space around it', ' "a.b.c"'],
    ])('refuses a covered field with %s', async (_, value) => {
      const message = withFields(await signedMessage(GET), { 'agent-delegation': value })

      expect(outcomeOf(await receive(message))).toBe('holder_proof_invalid components')
    })
  })

  describe('the target', () => {
    it.each([
      'https://evil.example',
      'http://mail.example',
      'https://mail.example:8443',
      'https://mail.example.evil.example',
      'https://MAIL.example',
    ])('refuses at %s what was signed for https://mail.example [HP-08]', async (origin) => {
      const message = await signedMessage(GET)

      expect(outcomeOf(await receive(message))).toBe('accepted')
      expect(outcomeOf(await receive(message, { origin }))).toBe('holder_proof_invalid signature')
    })

    it('never looks at Host or forwarding fields [HP-08]', async () => {
      const forwarded = {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        forwarded: 'host=evil.example',
      }

      expect(outcomeOf(await receive(withFields(await signedMessage(GET), forwarded)))).toBe('accepted')
    })

    it.each(['*', 'https://mail.example/inbox', 'inbox', ''])(
      'refuses the request target %j',
      async (target) => {
        const message = { ...(await signedMessage(GET)), target }

        expect(outcomeOf(await receive(message))).toBe('holder_proof_invalid components')
      },
    )

    it.each(['/inbox', '/inbox?folder=1&', '/inbox%3Ffolder=1', '/inbox?folder=2', '/./inbox?folder=1'])(
      'refuses for %s what was signed for /inbox?folder=1',
      async (target) => {
        const message = { ...(await signedMessage(GET)), target }

        expect(outcomeOf(await receive(message))).toBe('holder_proof_invalid signature')
      },
    )
  })

  describe('the body', () => {
    it('recomputes the digest over the received bytes', async () => {
      const message = await signedMessage(POST)
      const other = { ...message, body: encodeUtf8('{"hello": "World"}') }

      expect(outcomeOf(await receive(message))).toBe('accepted')
      expect(outcomeOf(await receive(other))).toBe('holder_proof_invalid content-digest')
    })

    it('refuses a body that was added to a signed request', async () => {
      const message = { ...(await signedMessage(GET)), body: encodeUtf8('x') }

      expect(outcomeOf(await receive(message))).toBe('holder_proof_invalid content-digest')
    })

    it('refuses to take the body away', async () => {
      const { body: _, ...bodiless } = await signedMessage(POST)

      expect(outcomeOf(await receive(bodiless))).toBe('holder_proof_invalid content-digest')
    })

    it('refuses a body of which neither digest nor type is there', async () => {
      const { 'content-type': _, ...fields } = POST.fields
      const message = await foreignMessage({ ...POST, fields })

      expect(outcomeOf(await receive(message))).toBe('holder_proof_invalid content-digest')
    })

    it.each([
      ['with another algorithm beside', (digest: string) => `sha-512=:AAAA:, ${digest}`, 'accepted'],
      ['with only another algorithm', () => 'sha-512=:AAAA:', 'holder_proof_invalid content-digest'],
      [
        'with the algorithm twice',
        (digest: string) => `${digest}, ${digest}`,
        'holder_proof_invalid content-digest',
      ],
      ['of another body', () => formatContentDigest(encodeUtf8('x')), 'holder_proof_invalid content-digest'],
      ['cut short', () => 'sha-256=:AAAA:', 'holder_proof_invalid content-digest'],
      ['that cannot be read', () => 'sha-256="x"', 'holder_proof_invalid content-digest'],
      [
        'of 4096 characters',
        (digest: string) => `${digest}, a=:${'A'.repeat(4090 - digest.length)}:`,
        'accepted',
      ],
      [
        'of great length',
        (digest: string) => `a=:${'A'.repeat(4096)}:, ${digest}`,
        'limit_exceeded content-digest',
      ],
    ])('judges a content-digest %s', async (_, digestFor, outcome) => {
      const digest = digestFor(formatContentDigest(POST.body ?? new Uint8Array()))
      const message = withFields(POST, { 'content-digest': digest })

      expect(outcomeOf(await receive(await foreignMessage(message, { components: BODY_COMPONENTS })))).toBe(
        outcome,
      )
    })

    it('accepts without a body the digest of nothing, covered or not, and no other', async () => {
      const empty = withFields(GET, { 'content-digest': formatContentDigest(new Uint8Array()) })
      const other = withFields(GET, { 'content-digest': formatContentDigest(encodeUtf8('x')) })
      const components = ['@method', '@target-uri', 'agent-delegation', 'content-digest']

      expect(outcomeOf(await receive(await foreignMessage(empty)))).toBe('accepted')
      expect(outcomeOf(await receive(await foreignMessage(empty, { components })))).toBe('accepted')
      expect(outcomeOf(await receive(await foreignMessage(other)))).toBe(
        'holder_proof_invalid content-digest',
      )
    })

    it('treats an empty body as none', async () => {
      const message = { ...(await signedMessage(GET)), body: new Uint8Array() }

      expect(outcomeOf(await receive(message))).toBe('accepted')
      expect(outcomeOf(await receive(withFields(message, { 'content-length': '0' })))).toBe('accepted')
      expect(outcomeOf(await receive(withFields(message, { 'transfer-encoding': 'chunked' })))).toBe(
        'accepted',
      )
    })

    it.each([
      ['content-length', '18'],
      ['content-length', '00'],
      ['transfer-encoding', 'chunked'],
    ])('refuses a body that %s: %s announces and a framework swallowed', async (name, value) => {
      const { body: _, ...swallowed } = withFields(await signedMessage(POST), { [name]: value })
      const unsigned = withFields(await signedMessage(GET), { [name]: value })

      expect(outcomeOf(await receive(swallowed))).toBe('holder_proof_invalid body')
      expect(outcomeOf(await receive(unsigned))).toBe('holder_proof_invalid content-digest')
    })
  })

  describe('the profile of the API', () => {
    const api = { profile: PROCURA_API_PROFILE }
    const call: Message = { method: 'GET', target: '/v1/agents', fields: {} }

    it('covers method and target', async () => {
      expect(outcomeOf(await receive(await signedMessage(call, api), api))).toBe('accepted')
    })

    it('covers idempotency-key when it is there', async () => {
      const signed = await signedMessage(withFields(call, { 'idempotency-key': 'k1' }), api)
      const added = withFields(await signedMessage(call, api), { 'idempotency-key': 'k1' })

      expect(outcomeOf(await receive(signed, api))).toBe('accepted')
      expect(outcomeOf(await receive(withFields(signed, { 'idempotency-key': 'k2' }), api))).toBe(
        'holder_proof_invalid signature',
      )
      expect(outcomeOf(await receive(withoutField(signed, 'idempotency-key'), api))).toBe(
        'holder_proof_invalid components',
      )
      expect(outcomeOf(await receive(added, api))).toBe('holder_proof_invalid idempotency-key')
    })

    it('never passes for a presentation, nor a presentation for it [SM-07]', async () => {
      expect(outcomeOf(await receive(await signedMessage(call, api)))).toBe(
        'holder_proof_invalid signature-input',
      )
      expect(
        outcomeOf(await receive(await signedMessage(GET, { profile: AGENT_DELEGATION_PROFILE }), api)),
      ).toBe('holder_proof_invalid signature-input')
    })
  })
})

describe('verifyRequestProof', () => {
  it.each([alice, bob])('accepts the key that signed ($algorithm)', async (signer) => {
    expect(outcomeOf(await receive(await signedMessage(GET, { signer }), {}, signer))).toBe('accepted')
  })

  it.each([alice, bob])(
    'refuses a signature by another key than the one named ($algorithm) [HP-02]',
    async (signer) => {
      const stolen = { ...mallory, keyId: signer.keyId }

      expect(outcomeOf(await receive(await signedMessage(GET, { signer: stolen }), {}, signer))).toBe(
        'holder_proof_invalid signature',
      )
    },
  )
})

/** Two signatures of the same message in one pair of fields. */
function joined(first: Message, second: Message): Message {
  const join = (name: string) => `${first.fields[name]}, ${second.fields[name]}`
  return withFields(first, { signature: join('signature'), 'signature-input': join('signature-input') })
}
