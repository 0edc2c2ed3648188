import { encodeBase64url } from '../core/base64url.ts'
import type { Random } from '../core/clock.ts'
import type { Id } from './records.ts'

/** 128 bits: nobody guesses or repeats an id. */
const ID_BYTES = 16

/** Opaque id with a prefix that tells its kind: `own_…`, `agt_…`. */
export function createId(prefix: 'own' | 'agt' | 'enr' | 'trm' | 'whk' | 'str', random: Random): Id {
  return `${prefix}_${encodeBase64url(random(ID_BYTES))}`
}
