import { sha256 } from '#crypto'
import { encodeBase64url } from '../../core/base64url.ts'
import { decodeUtf8 } from '../../core/bytes.ts'
import { encodeJcs } from '../../core/jcs.ts'
import type { TrustConfiguration } from '../configured-trust.ts'
import type { Policy } from '../policy.ts'

/**
 * What stands for a policy in receipts: SHA-256, base64url, of the JCS of everything that decides. Maps are written as
 * objects, sets and lists as lists in the order of the JCS of their items; the one list whose order means something, that
 * of the levels of assurance, as an object of positions. Two verifiers with the same options have the same digest, in
 * whatever order those were written and however often each looks at the status.
 */
export function policyDigest(policy: Policy, { trust }: TrustConfiguration): string {
  const { pollSeconds: _, assurance, ...rest } = policy
  const levels = new Map(assurance?.levels.map((level, position) => [level, position]))
  const deciding = assurance === undefined ? rest : { ...rest, assurance: { ...assurance, levels } }
  const trusted = new Map([...trust].map(([authority, { mirrors: _, ...one }]) => [authority, one]))
  return encodeBase64url(sha256(encodeJcs(plain({ policy: deciding, trust: trusted }))))
}

function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value) || value instanceof Set) return inOrder([...value].map(plain))
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return Object.fromEntries(entries.map(([name, member]) => [String(name), plain(member)]))
}

function inOrder(items: readonly unknown[]): readonly unknown[] {
  const keyed = items.map((item) => [decodeUtf8(encodeJcs(item)) ?? '', item] as const)
  return keyed.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item)
}
