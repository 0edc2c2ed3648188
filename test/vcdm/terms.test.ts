import { describe, expect, it } from 'vitest'
import { CREDENTIAL_TERMS, findUndefinedTerm, PRESENTATION_TERMS } from '../../src/vcdm/terms.ts'
import { genericCredential, genericPresentation } from '../helpers/generic-documents.ts'

describe('findUndefinedTerm', () => {
  it('finds nothing in documents of the data model', () => {
    expect(findUndefinedTerm(genericCredential({ evidence: {} }), CREDENTIAL_TERMS['2.0'])).toBeUndefined()
    expect(findUndefinedTerm(genericPresentation({ holder: 'did:a:b' }), PRESENTATION_TERMS)).toBeUndefined()
  })

  it('refuses a term that no context defines, without repeating it', () => {
    expect(findUndefinedTerm(genericCredential({ statusEntry: {} }), CREDENTIAL_TERMS['2.0'])).toMatchObject({
      refusal: { code: 'malformed', dimension: 'undefined term' },
    })
  })
})
