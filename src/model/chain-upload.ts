import { MAX_CHAIN_LINKS, MAX_CREDENTIAL_BYTES } from './credential.ts'

/** Where a service provider takes chains that no request field holds (docs/spec/06-presenting.md §1.1). */
export const UPLOAD_PATH = '/.well-known/agent-delegation'

/** Media type of what is sent there: `{"chain":["…",…]}`, as in a chain file. */
export const UPLOAD_TYPE = 'application/json'

/** Largest body that is taken there, in bytes: the longest chain, written with an escape for every other character. */
export const MAX_UPLOAD_BYTES: number = 2 * MAX_CHAIN_LINKS * MAX_CREDENTIAL_BYTES

/** Tells whether a request sends a chain in advance, rather than asking for something. */
export function isChainUpload(request: { readonly method: string; readonly target: string }): boolean {
  return request.method === 'POST' && request.target === UPLOAD_PATH
}
