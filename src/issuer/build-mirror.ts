import { equalBytes } from '../core/bytes.ts'
import { signCompactJws } from '../securing/vc-jose/sign.ts'
import type { StatusList } from '../status/open-status-list.ts'
import { openTokenStatusList } from '../status/open-token-status-list.ts'
import { signTokenStatusList } from '../status/sign-token-status-list.ts'
import { mirrorStatusPair } from '../status/token-status-list.ts'
import type { BuildContext, FailedCheck } from './build-list.ts'
import type { PublishedMirror } from './published-status.ts'

/** A pair as it will be published, and where its mirror is. */
export interface NewMirror {
  readonly list: number
  readonly url: string
  readonly revocation: StatusList
  readonly suspension: StatusList
}

/** Signs the Token Status List of a pair and opens it as a reader does: it must say what the pair says. */
export async function buildMirror(
  { list, url, ...pair }: NewMirror,
  context: BuildContext,
): Promise<PublishedMirror | FailedCheck> {
  const { now: version, signer } = context
  const [revocation, suspension] = [pair.revocation.bits, pair.suspension.bits]
  const validUntil = Math.min(pair.revocation.validUntil, pair.suspension.validUntil)
  const jwt = await signTokenStatusList(
    { url, revocation, suspension, issuedAt: version, validUntil },
    (jws) => signCompactJws({ ...jws, signer }),
  )
  const opened = await openTokenStatusList(jwt, { ...context, url })
  if (!opened.verified) return { list: url, rule: opened.refusal.dimension ?? opened.refusal.code }
  const { bits, bytes } = mirrorStatusPair(revocation, suspension)
  const isSame = opened.value.bits === bits && equalBytes(opened.value.bytes, bytes)
  return isSame ? { list, version, validUntil, jwt } : { list: url, rule: 'mirror' }
}
