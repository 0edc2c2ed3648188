import { isJsonObject, type JsonObject } from '../../core/json.ts'
import { ProcuraError } from '../../errors.ts'
import { MAX_GRANTS } from '../../model/grant.ts'
import { parseVcSdJwt } from './parse-vc-sd-jwt.ts'
import { splitSdJwt } from './sd-jwt.ts'

/**
 * Shows only some entries of a `vc+sd-jwt` credential (docs/spec/04-securing.md): the holder's choice, for which no key
 * is needed. What is hidden grants nothing to whoever sees the result, and cannot be brought back from it.
 *
 * @param token A credential as issued, or already narrowed.
 * @param keep Tells for each entry that is shown, as signed, whether it stays shown.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` when the token is no `vc+sd-jwt` credential of a chain.
 */
export function discloseEntries(token: string, keep: (entry: JsonObject) => boolean): string {
  const parts = splitSdJwt(token, MAX_GRANTS)
  if (!parts.verified || !parseVcSdJwt(token).verified) {
    throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'the token is no vc+sd-jwt credential of a chain')
  }
  const { jws, disclosures } = parts.value
  const kept = disclosures.filter(({ value }) => isJsonObject(value) && keep(value))
  return [jws, ...kept.map(({ text }) => text), ''].join('~')
}
