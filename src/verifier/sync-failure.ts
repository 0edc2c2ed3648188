import type { DocumentFault, RefusalCode, Refused, Verdict } from '../refusal.ts'

/** Why what an authority's status says could not be had, or not be believed: a code and names, safe to log. */
export interface SyncFailure extends Partial<DocumentFault> {
  readonly code: RefusalCode
  readonly dimension?: string
}

export function failureOf({ refusal: { code, dimension }, fault }: Refused): SyncFailure {
  return { code, ...(dimension === undefined ? {} : { dimension }), ...fault }
}

/** A verdict on what stands at a URL. Where a document of a DID is at fault, that is named already. */
export function standingAt<T>(url: string, verdict: Verdict<T>): Verdict<T> {
  if (verdict.verified || verdict.refusal.code === 'did_unresolvable') return verdict
  return { fault: { url }, ...verdict }
}
