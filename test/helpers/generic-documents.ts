import type { Json, JsonObject } from '../../src/core/json.ts'

/*
 * Documents of VCDM 2.0 that have nothing to do with delegations. Each call makes a fresh object.
 */

export const BASE_CONTEXT = 'https://www.w3.org/ns/credentials/v2'

/** The least that a credential may be, with members on top; `undefined` takes a member away. */
export function genericCredential(members: Readonly<Record<string, Json | undefined>> = {}): JsonObject {
  return withMembers(
    {
      '@context': [BASE_CONTEXT],
      type: ['VerifiableCredential'],
      issuer: 'did:example:issuer',
      credentialSubject: { id: 'did:example:subject' },
    },
    members,
  )
}

/** The least that a presentation may be. */
export function genericPresentation(members: Readonly<Record<string, Json | undefined>> = {}): JsonObject {
  return withMembers({ '@context': [BASE_CONTEXT], type: ['VerifiablePresentation'] }, members)
}

function withMembers(base: JsonObject, members: Readonly<Record<string, Json | undefined>>): JsonObject {
  const merged = Object.entries({ ...base, ...members }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(merged) as JsonObject
}
