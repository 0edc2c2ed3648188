import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/core/json.ts'
import { ENVELOPED_CREDENTIAL } from '../../src/securing/vc-jose/presentation.ts'
import { ENVELOPED_PRESENTATION, isEnvelope, readEnvelope } from '../../src/vcdm/envelope.ts'
import { BASE_CONTEXT } from '../helpers/generic-documents.ts'

const ID = 'data:application/vc+jwt,eyJ.eyJ.c2ln'

function envelope(members: Readonly<Record<string, Json>> = {}) {
  return { '@context': BASE_CONTEXT, type: ENVELOPED_CREDENTIAL, id: ID, ...members }
}

describe('VCDM 2.0 §4.12.1: an enveloped credential', () => {
  it.each([
    ['a single context and type', envelope()],
    ['lists of them', envelope({ '@context': [BASE_CONTEXT], type: [ENVELOPED_CREDENTIAL] })],
    ['the base context among others', envelope({ '@context': ['https://a.example/', BASE_CONTEXT] })],
  ])('is read with %s', (_, object) => {
    expect(readEnvelope(object, ENVELOPED_CREDENTIAL)).toEqual({
      verified: true,
      value: { mediaType: 'application/vc+jwt', content: 'eyJ.eyJ.c2ln' },
    })
  })

  it.each<[string, Record<string, Json>, string]>([
    ['without the base context', { '@context': [] }, '@context'],
    ['in another context', { '@context': 'https://www.w3.org/ns/credentials/examples/v2' }, '@context'],
    ['of another type', { type: 'VerifiableCredential' }, 'type'],
    ['of a further type', { type: [ENVELOPED_CREDENTIAL, 'VerifiableCredential'] }, 'type'],
    ['whose id is the bare token', { id: 'eyJ.eyJ.c2ln' }, 'id'],
    ['whose id has no content', { id: 'data:application/vc+jwt,' }, 'id'],
    ['whose id has no media type', { id: 'data:,eyJ.eyJ.c2ln' }, 'id'],
    ['whose id is no text', { id: 4 }, 'id'],
    ['with a claim beside, that nobody secured', { issuer: 'did:example:a' }, 'undefined term'],
  ])('is refused %s', (_, members, dimension) => {
    expect(readEnvelope(envelope(members), ENVELOPED_CREDENTIAL)).toMatchObject({
      refusal: { code: 'malformed', dimension },
    })
  })

  it('is refused without a type', () => {
    const { type: _, ...rest } = envelope()

    expect(readEnvelope(rest, ENVELOPED_CREDENTIAL)).toMatchObject({ refusal: { dimension: 'type' } })
  })

  it('is bounded', () => {
    const id = `data:application/vc+jwt,${'A'.repeat(256 * 1024)}`

    expect(readEnvelope(envelope({ id }), ENVELOPED_CREDENTIAL)).toMatchObject({
      refusal: { code: 'limit_exceeded' },
    })
  })

  it('keeps the media type and the parameters of its data: URL apart (RFC 2397)', () => {
    const id = 'data:application/VC+COSE;base64,0oRYV6Q='

    expect(readEnvelope(envelope({ id }), ENVELOPED_CREDENTIAL)).toMatchObject({
      value: { mediaType: 'application/vc+cose', content: '0oRYV6Q=' },
    })
  })
})

describe('VCDM 2.0 §4.12.2: an enveloped presentation', () => {
  const object = { ...envelope(), type: ENVELOPED_PRESENTATION, id: 'data:application/vp+jwt,a.b.c' }

  it('is read', () => {
    expect(readEnvelope(object, ENVELOPED_PRESENTATION)).toMatchObject({
      value: { mediaType: 'application/vp+jwt' },
    })
  })

  it('never passes for a credential', () => {
    expect(readEnvelope(object, ENVELOPED_CREDENTIAL)).toMatchObject({ refusal: { dimension: 'type' } })
  })
})

describe('isEnvelope', () => {
  it('sees the type in either form, and no other', () => {
    const objects = [{ type: ENVELOPED_CREDENTIAL }, { type: ['x', ENVELOPED_CREDENTIAL] }, { type: 'x' }, {}]

    expect(objects.map((one) => isEnvelope(one, ENVELOPED_CREDENTIAL))).toEqual([true, true, false, false])
  })
})
