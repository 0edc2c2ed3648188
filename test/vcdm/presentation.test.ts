import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/core/json.ts'
import { readPresentation } from '../../src/vcdm/presentation.ts'
import { BASE_CONTEXT, genericCredential, genericPresentation } from '../helpers/generic-documents.ts'

const EXAMPLES = 'https://www.w3.org/ns/credentials/examples/v2'

const STATEMENTS: readonly {
  readonly says: string
  readonly name: string
  readonly allowed: readonly (Json | undefined)[]
  readonly refused: readonly (Json | undefined)[]
}[] = [
  {
    says: '§4.3: a presentation has a list of contexts, the base context first',
    name: '@context',
    allowed: [[BASE_CONTEXT], [BASE_CONTEXT, EXAMPLES], [BASE_CONTEXT, { Term: 'https://a.example/#T' }]],
    refused: [undefined, [], [EXAMPLES, BASE_CONTEXT], BASE_CONTEXT, [BASE_CONTEXT, 5]],
  },
  {
    says: '§4.4: the id is a single URL',
    name: 'id',
    allowed: [undefined, 'urn:uuid:9c9a36f8-518f-4976-a934-6649502d0008'],
    refused: [null, 'not a url', ['urn:a:1']],
  },
  {
    says: '§4.5: the types include VerifiablePresentation',
    name: 'type',
    allowed: ['VerifiablePresentation', ['VerifiablePresentation', 'ExamplePresentation']],
    refused: [undefined, [], 'ExamplePresentation', ['VerifiableCredential'], 4],
  },
  {
    says: '§4.13: what is presented are objects, not numbers, texts or URLs',
    name: 'verifiableCredential',
    allowed: [undefined, [], genericCredential(), [genericCredential(), genericCredential()]],
    refused: ['a text', 4, null, ['https://a.example/credential'], [genericCredential(), 4]],
  },
  {
    says: '§4.13: the holder is a URL, or an object with one as its id',
    name: 'holder',
    allowed: [undefined, 'did:example:holder', { id: 'did:example:holder', name: 'x' }],
    refused: [null, 4, 'not a url', {}, { name: 'x' }, { id: 4 }],
  },
  {
    says: '§5.5: terms of use state their type',
    name: 'termsOfUse',
    allowed: [{ type: 'ExamplePolicy' }],
    refused: [{}, []],
  },
  {
    says: '§4.12: a proof is an object with a type',
    name: 'proof',
    allowed: [{ type: 'DataIntegrityProof' }],
    refused: ['x', [], {}],
  },
]

describe.each(STATEMENTS)('VCDM 2.0 $says', ({ name, allowed, refused }) => {
  const codes = (values: readonly (Json | undefined)[]) =>
    values.map((value) => {
      const verdict = readPresentation(genericPresentation({ [name]: value }))
      return verdict.verified ? 'read' : `${verdict.refusal.code} ${verdict.refusal.dimension}`
    })

  it('is read where the statement holds', () => {
    expect(codes(allowed)).toEqual(allowed.map(() => 'read'))
  })

  it('is refused, with the name of the property, where it does not', () => {
    expect(codes(refused)).toEqual(refused.map(() => `malformed ${name}`))
  })
})

describe('readPresentation', () => {
  it('names the holder and hands on what is presented, in order', () => {
    const credentials = [genericCredential({ id: 'urn:a:1' }), genericCredential({ id: 'urn:a:2' })]
    const holder = { id: 'did:example:holder' }

    expect(
      readPresentation(genericPresentation({ verifiableCredential: credentials, holder })),
    ).toMatchObject({ verified: true, value: { holder: 'did:example:holder', credentials } })
  })

  it('reads a single credential without a list', () => {
    const verdict = readPresentation(genericPresentation({ verifiableCredential: genericCredential() }))

    expect(verdict).toMatchObject({ value: { credentials: [genericCredential()] } })
  })

  it('reads VCDM 1.1 only where it is told to', () => {
    const document = genericPresentation({ '@context': ['https://www.w3.org/2018/credentials/v1'] })

    expect(readPresentation(document)).toMatchObject({ refusal: { code: 'unsupported' } })
    expect(readPresentation(document, { versions: ['1.1'] })).toMatchObject({ value: { version: '1.1' } })
  })
})
