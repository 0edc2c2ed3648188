/** An HTTP request as a verifier sees it, free of any framework. */
export interface PresentedRequest {
  readonly method: string
  /** Raw request target in origin form, exactly as received: `/inbox?folder=1`. */
  readonly target: string
  /** Value of a field by lower-case name; several lines are joined by `, ` (RFC 9421 §2.1). */
  header(name: string): string | undefined
  /** All bytes of the body as received, before any parsing. Absent or empty: no body. */
  readonly body?: Uint8Array
}
