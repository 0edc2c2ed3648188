import { z } from 'zod'
import { MAX_CHAIN_LINKS, MAX_CREDENTIAL_BYTES } from '../../model/credential.ts'
import { named } from '../http/named-schema.ts'
import { JSON_TYPE, type Operation } from '../http/operation.ts'
import { purposeSchema } from '../http/schema.ts'
import { idSchema } from './shared.ts'

/** Link 1 and at least one below it; link 0 is the service's own. */
export const chainEvidenceSchema: z.ZodType<{ readonly chain: readonly string[]; readonly reason: string }> =
  named(
    'ChainEvidence',
    z.strictObject({
      chain: z
        .array(z.string().max(MAX_CREDENTIAL_BYTES))
        .min(2)
        .max(MAX_CHAIN_LINKS - 1),
      reason: purposeSchema,
    }),
    { chain: ['eyJhbGciOi…', 'eyJhbGciOi…'], reason: 'the helper misbehaved' },
  )

const revokedLinkAnswer = named(
  'RevokedLink',
  z.strictObject({ id: idSchema, state: z.literal('revoked') }),
  { id: 'urn:uuid:0b6a5a0e-7a3a-4d55-9f5c-6a1d4a1b2c3d', state: 'revoked' },
)

export const CHAIN_OPERATIONS: Readonly<Record<'revoke', Operation>> = {
  revoke: {
    id: 'revokeLink',
    summary: 'Ends the last link of a chain, for whoever holds it or stands above it',
    body: chainEvidenceSchema,
    answers: { [JSON_TYPE]: revokedLinkAnswer },
    problems: ['not_your_lease', 'not_found'],
  },
}
