import { equalBytes } from '../core/bytes.ts'
import type { Random } from '../core/clock.ts'
import { mechanismFor } from '../model/mechanism.ts'
import type { Signer } from '../model/signer.ts'
import { signCredential } from '../securing/sign-credential.ts'
import { openStatusList, type StatusList } from '../status/open-status-list.ts'
import { buildStatusListCredential } from '../status/sign-status-list.ts'
import type { StatusTrust } from '../status/status-jws.ts'
import type { ListContent, PublishedList } from './published-status.ts'

/** With what one publication signs and reads back: its key, its time, whom readers trust. */
export interface BuildContext extends Required<StatusTrust> {
  readonly signer: Signer
  readonly random: Random
}

/** What was built does not read back as it must. */
export interface FailedCheck {
  /** URL. */
  readonly list: string
  readonly rule: string
}

/** A list that was signed in every form, each of which reads back as it must. */
export interface BuiltList {
  readonly opened: StatusList
  readonly published: PublishedList
}

export interface NewList {
  readonly content: ListContent
  readonly url: string
  readonly validUntil: number
  /** The version before, as it was published. */
  readonly previous?: StatusList
}

/**
 * Signs a list as `vc+jwt` and with a Data Integrity proof, and opens both as a verifier does (docs/spec/05-status.md
 * "Publishing"). Both secure one credential, and so have one version and one digest of bits.
 */
export async function buildList(list: NewList, context: BuildContext): Promise<BuiltList | FailedCheck> {
  const { content, url, validUntil } = list
  const { statusIssuer, now: validFrom, signer, random } = context
  const { purpose, bits, revision } = content
  const credential = await buildStatusListCredential({
    url,
    statusIssuer,
    purpose,
    bits,
    validFrom,
    validUntil,
  })
  const suite = mechanismFor('eddsa-jcs-2022', signer.algorithm)
  const [jwt, vc] = await Promise.all([
    signCredential({ credential, mechanism: 'vc+jwt', signer, random }),
    signCredential({ credential, mechanism: suite, signer, random }),
  ])
  const opened = await readBack(jwt, list, context)
  if ('rule' in opened) return opened
  const other = await readBack(vc, list, context)
  if ('rule' in other) return other
  const { version, bitsDigest } = opened
  const published = { list: content.list, purpose, version, validUntil, bitsDigest, revision, jwt, vc }
  return { opened, published }
}

async function readBack(
  text: string,
  { content, url, previous }: NewList,
  context: BuildContext,
): Promise<StatusList | FailedCheck> {
  const opened = await openStatusList(text, { ...context, url, purpose: content.purpose })
  if (!opened.verified) return { list: url, rule: opened.refusal.dimension ?? opened.refusal.code }
  const rule = brokenRule(previous, opened.value, content)
  return rule === undefined ? opened.value : { list: url, rule }
}

/** Which rule of docs/spec/05-status.md "Publishing" the list that was built breaks, if any. */
function brokenRule(
  previous: StatusList | undefined,
  opened: StatusList,
  content: ListContent,
): string | undefined {
  if (!equalBytes(opened.bits, content.bits)) return 'bits'
  if (opened.version <= Math.max(content.publishedVersion, previous?.version ?? 0)) return 'version'
  if (content.purpose !== 'revocation' || previous === undefined) return undefined
  return keepsBits(previous.bits, opened.bits) ? undefined : 'cleared'
}

/** Whether every bit of a list is still set in a later one. */
export function keepsBits(before: Uint8Array, after: Uint8Array): boolean {
  let lost = 0
  for (let i = 0; i < before.length; i++) lost |= (before[i] ?? 0) & ~(after[i] ?? 0)
  return lost === 0
}
