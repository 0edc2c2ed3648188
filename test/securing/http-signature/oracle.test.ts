import fc from 'fast-check'
import { verifySignature as verifyMessage } from 'http-message-sig'
import { describe, expect, it } from 'vitest'
import { verifySignature } from '#crypto'
import { decodeBase64 } from '../../../src/core/base64.ts'
import { encodeUtf8 } from '../../../src/core/bytes.ts'
import {
  formatContentDigest,
  matchesContentDigest,
} from '../../../src/securing/http-signature/content-digest.ts'
import { buildSignatureBase } from '../../../src/securing/http-signature/signature-base.ts'
import { parseSignatureInputs } from '../../../src/securing/http-signature/structured-fields.ts'
import { acceptedValue, alice, bob, mallory, outcomeOf } from '../../helpers/signers.ts'
import {
  descriptorOf,
  foreignMessage,
  type Message,
  NOW,
  PARAMETERS,
  receive,
  signedMessage,
  withFields,
} from './messages.ts'

const visible = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
})
const paths = fc.webPath().map((path) => new URL(`https://mail.example${path}`).pathname)
const queries = fc.webQueryParameters()
const bodies = fc.option(fc.uint8Array({ minLength: 1 }), { nil: undefined })

/** Any request that the profile can cover. */
const messages: fc.Arbitrary<Message> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'QUERY'),
    target: fc.tuple(paths, queries).map(([path, query]) => new URL(`https://mail.example${path}?${query}`)),
    delegation: visible,
    body: bodies,
  })
  .map(({ method, target, delegation, body }) => ({
    method,
    target: target.pathname + target.search,
    fields: { 'agent-delegation': delegation, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body }),
  }))

const signers = fc.constantFrom(alice, bob)

async function oracleVerifies(message: Message, signer: typeof alice): Promise<boolean> {
  const algorithm = signer.algorithm === 'EdDSA' ? 'ed25519' : 'ecdsa-p256-sha256'
  const verified = await verifyMessage(descriptorOf(message), {
    policy: {
      algorithms: [algorithm],
      requiredComponents: ['@method', '@target-uri', 'agent-delegation'],
      requiredParameters: ['created', 'expires', 'nonce', 'keyid', 'tag'],
      now: NOW / 1000,
    },
    resolveVerifier: () => ({
      algorithm,
      verify: (data, signature) => verifySignature(signer.publicKey, data, signature),
    }),
  })
  return verified.parameters.keyid === signer.keyId
}

describe('request signatures beside http-message-sig', () => {
  it('verifies there what is signed here', async () => {
    await fc.assert(
      fc.asyncProperty(messages, signers, async (message, signer) => {
        expect(await oracleVerifies(await signedMessage(message, { signer }), signer)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('verifies here what is signed there, in any order of the components', async () => {
    await fc.assert(
      fc.asyncProperty(messages, signers, fc.nat(), async (message, signer, turn) => {
        const digest = message.body && formatContentDigest(message.body)
        const sent = digest === undefined ? message : withFields(message, { 'content-digest': digest })
        const names = ['@method', '@target-uri', ...Object.keys(sent.fields)]
        const components = [...names.slice(turn % names.length), ...names.slice(0, turn % names.length)]
        const parameters = { ...PARAMETERS, keyid: signer.keyId }

        const received = await receive(
          await foreignMessage(sent, { components, parameters, signer }),
          {},
          signer,
        )

        expect(acceptedValue(received).keyId).toBe(signer.keyId)
      }),
      { numRuns: 300 },
    )
  })

  it('agrees about one changed byte of the signature base', async () => {
    const message = await signedMessage({
      method: 'GET',
      target: '/a',
      fields: { 'agent-delegation': '"a.b.c"' },
    })
    const changed = withFields(message, { 'agent-delegation': '"a.b.d"' })

    expect(outcomeOf(await receive(changed))).toBe('holder_proof_invalid signature')
    await expect(oracleVerifies(changed, alice)).rejects.toMatchObject({ code: 'VerificationFailed' })
  })
})

describe('the examples of the RFCs', () => {
  /** RFC 9421 appendix B.2: the test request. */
  const values = new Map([
    ['date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
    ['@path', '/foo'],
    ['@authority', 'example.com'],
    ['content-type', 'application/json'],
    ['content-length', '18'],
  ])

  it('rebuilds and verifies RFC 9421 appendix B.2.6', async () => {
    const field =
      'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"'
    const signature =
      'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=='
    const input = parseSignatureInputs(field)?.get('sig-b26')
    const request = {
      method: 'POST',
      targetUri: 'https://example.com/foo',
      header: (name: string) => values.get(name),
    }

    const base = buildSignatureBase(request, input?.components ?? [], input?.text ?? '') ?? new Uint8Array()

    expect(new TextDecoder().decode(base)).toBe(
      [
        '"date": Tue, 20 Apr 2021 02:07:55 GMT',
        '"@method": POST',
        '"@path": /foo',
        '"@authority": example.com',
        '"content-type": application/json',
        '"content-length": 18',
        `"@signature-params": ${field.slice('sig-b26='.length)}`,
      ].join('\n'),
    )
    expect(await verifySignature(mallory.publicKey, base, decodeBase64(signature) ?? new Uint8Array())).toBe(
      true,
    )
  })

  it('computes the digest of RFC 9530 appendix B.1', () => {
    const body = encodeUtf8('{"hello": "world"}')
    const field = 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'

    expect(formatContentDigest(body)).toBe(field)
    expect(matchesContentDigest(field, body)).toBe(true)
    expect(matchesContentDigest(field, encodeUtf8('{"hello": "world"}\n'))).toBe(false)
  })
})
