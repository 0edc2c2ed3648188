import { z } from 'zod'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'

const setJwkSchema = z.strictObject({
  kty: z.literal('RSA'),
  n: z.string(),
  e: z.string(),
  use: z.literal('sig'),
  alg: z.literal('RS256'),
  kid: z.string(),
})

const keysAnswer = named('SignalsKeys', z.strictObject({ keys: z.array(setJwkSchema) }), {
  keys: [
    {
      kty: 'RSA',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs',
      e: 'AQAB',
      use: 'sig',
      alg: 'RS256',
      kid: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    },
  ],
})

export const SIGNALS_OPERATIONS: Readonly<Record<'keys', Operation>> = {
  keys: {
    id: 'getSignalsKeys',
    summary: 'The keys that security event tokens of a tenant are verified with',
    answers: { [JSON_TYPE]: keysAnswer },
  },
}
