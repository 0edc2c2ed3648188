const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/'
const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/'

/** CAEP 1.0 §3.1: what somebody, or one delegation, was let in by counts no more. */
export const SESSION_REVOKED: string = `${CAEP}session-revoked`

/** CAEP 1.0 §3.3: a credential or a key was made, replaced or taken away. */
export const CREDENTIAL_CHANGE: string = `${CAEP}credential-change`

/** What receivers can ask for. */
export const SUPPORTED_EVENTS: readonly string[] = [SESSION_REVOKED, CREDENTIAL_CHANGE]

/** SSF 1.0 §8.1.4.1 and §8.1.5: about the stream itself, of which every receiver is told. */
export const VERIFICATION: string = `${SSF}verification`
export const STREAM_UPDATED: string = `${SSF}stream-updated`
