import type { JsonObject } from '../../core/json.ts'
import { accept, refuse, type Verdict } from '../../refusal.ts'
import { type JwsParts, parseAlgorithm, parseJws } from './compact-jws.ts'

/** A compact JWS as others write it, read but not checked. */
export interface ForeignJws extends JwsParts {
  /** All of it. Its own words on keys (`jwk`, `jku`, `x5c` …) are nothing to go by. */
  readonly header: JsonObject
}

/**
 * Reads a compact JWS like `parseCompactJws`, with a header that may have members that Procura does not write. `crit`
 * is refused, as no extension is understood, and with it `b64`, which counts only where `crit` names it.
 *
 * @param expectedTyp Compared exactly. @param maxBytes Longest token, in bytes.
 * @returns `limit_exceeded`; `unsupported` for another algorithm; else `malformed`.
 */
export function parseForeignJws(token: string, expectedTyp: string, maxBytes: number): Verdict<ForeignJws> {
  return parseJws(token, maxBytes, (header) => {
    const algorithm = parseAlgorithm(header, expectedTyp)
    if (!algorithm.verified) return algorithm
    const isExtended = ['crit', 'b64'].some((name) => Object.hasOwn(header, name))
    if (isExtended) return refuse('malformed', { dimension: 'header' })
    return accept({ algorithm: algorithm.value, header })
  })
}
