/** Why a security event token is not taken (RFC 8935 §2.4); the sentence names no key and no claim's value. */
export interface SetError {
  readonly err:
    | 'invalid_request'
    | 'invalid_key'
    | 'invalid_issuer'
    | 'invalid_audience'
    | 'authentication_failed'
  readonly description: string
}

export function setError(err: SetError['err'], description: string): SetError {
  return { err, description }
}
