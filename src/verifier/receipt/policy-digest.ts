import { sha256 } from '#crypto'
import { encodeBase64url } from '../../core/base64url.ts'
import { encodeJcs } from '../../core/jcs.ts'
import type { TrustConfiguration } from '../configured-trust.ts'
import type { Policy } from '../policy.ts'

/**
 * What stands for a policy in receipts: SHA-256, base64url, of the JCS of everything that decides. Maps are written as
 * objects, sets as sorted lists. Two verifiers with the same options have the same digest, in whatever order those were
 * written and however often each looks at the status.
 */
export function policyDigest(policy: Policy, { trust }: TrustConfiguration): string {
  const { pollSeconds: _, ...deciding } = policy
  return encodeBase64url(sha256(encodeJcs(plain({ policy: deciding, trust }))))
}

function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Set) return [...value].map(plain).sort()
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return Object.fromEntries(entries.map(([name, member]) => [String(name), plain(member)]))
}
