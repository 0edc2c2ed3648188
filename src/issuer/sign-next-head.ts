import { decodeBase64url } from '../core/base64url.ts'
import { signCompactJws } from '../securing/vc-jose/sign.ts'
import { headDigest } from '../status/head.ts'
import { encodeLeafTable, type Leaf, leafTableRoot } from '../status/leaf-table.ts'
import type { StatusList } from '../status/open-status-list.ts'
import { signHead } from '../status/sign-head.ts'
import type { BuildContext } from './build-list.ts'
import type { PublishedHead } from './published-status.ts'
import type { Tenant } from './records.ts'

/** With what a head is signed, and what it says beside the lists. */
export interface HeadContext extends BuildContext {
  readonly tenant: Tenant
  /** Digest of the emergency list; `null`: there is none. */
  readonly emergency: string | null
  /** Seconds until the next head at the latest. */
  readonly heartbeatSeconds: number
}

/** Signs the head that follows another, or the first one, and commits to these lists. */
export async function signNextHead(
  previous: PublishedHead | undefined,
  lists: ReadonlyMap<string, StatusList>,
  { tenant, now, signer, emergency, heartbeatSeconds }: HeadContext,
): Promise<PublishedHead> {
  const leaves = [...lists.values()].map(toLeaf)
  const root = leafTableRoot(leaves)
  const seq = Math.max((previous?.seq ?? 0) + 1, previous?.nextSeq ?? 0)
  const claims = {
    statusIssuer: tenant.statusIssuer,
    seq,
    iatMs: now,
    prev: previous === undefined ? null : digestOfHead(previous.jwt),
    root,
    emergency,
    heartbeat: heartbeatSeconds,
  }
  const leafTable = root === previous?.root ? previous.leafTable : encodeLeafTable(leaves)
  const jwt = await signHead(claims, (jws) => signCompactJws({ ...jws, signer }))
  return { seq, iatMs: now, root, leafTable, jwt }
}

function toLeaf({ url, version, bitsDigest }: StatusList): Leaf {
  return { list: url, version, digest: bitsDigest, state: 'live' }
}

/** `prev` of the next head: over the payload as signed. */
function digestOfHead(jwt: string): string {
  return headDigest(decodeBase64url(jwt.split('.')[1] ?? '') ?? new Uint8Array())
}
