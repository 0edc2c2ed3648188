import { sha256 } from '#crypto'
import { concatBytes } from '../../core/bytes.ts'
import { encodeJcs } from '../../core/jcs.ts'
import type { JsonObject } from '../../core/json.ts'
import { refuse, type Verdict } from '../../refusal.ts'

/** What is signed, in two parts: the proof without its value, and the document. */
export interface Provable {
  readonly options: JsonObject
  readonly document: JsonObject
}

/**
 * The 64 bytes that a JCS suite signs (vc-di-eddsa §3.3.4, vc-di-ecdsa §3.3.4): SHA-256 of the options, then of the
 * document, each as RFC 8785 writes it.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for what has no JSON form; never for what strict JSON read.
 */
export function hashJcs({ options, document }: Provable): Uint8Array {
  return concatBytes(sha256(encodeJcs(options)), sha256(encodeJcs(document)))
}

/** The 64 bytes that an RDFC suite signs. */
export async function hashRdfc(_provable: Provable): Promise<Verdict<Uint8Array>> {
  return refuse('unsupported', { dimension: 'proof.cryptosuite' })
}
