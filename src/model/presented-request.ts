/** An HTTP request as a verifier sees it, free of any framework. */
export interface PresentedRequest {
  readonly method: string
  /** Raw request target in origin form, exactly as received: `/inbox?folder=1`. */
  readonly target: string
  /** Value of a field by lower-case name; several lines are joined by `, ` (RFC 9421 §2.1). */
  header(name: string): string | undefined
  /**
   * All bytes of the body as received, before any parsing; empty when there were none. Absent: no body, or one that was
   * not seen, which is refused when it shows (`bodyCheckedUpstream`).
   */
  readonly body?: Uint8Array
}
