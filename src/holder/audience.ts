import { ProcuraError } from '../errors.ts'
import { MAX_AUDIENCE_CHARS } from '../securing/vc-jose/presentation.ts'

/**
 * Reads an audience. They are compared as texts: one that is written in another way would be refused everywhere.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT`.
 */
export function readAudience(audience: string): string {
  const isUrl = typeof audience === 'string' && URL.canParse(audience)
  const isPlain = isUrl && /^https?:/.test(audience) && new URL(audience).href === audience
  if (isPlain && audience.length <= MAX_AUDIENCE_CHARS) return audience
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_ARGUMENT',
    'audience must be a URL as new URL(…).href writes it, such as "https://mail.example/"',
  )
}
