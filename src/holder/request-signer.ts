import type { Clock, Random } from '../core/clock.ts'
import type { Signer } from '../model/signer.ts'
import { AGENT_DELEGATION_PROFILE } from '../securing/http-signature/profile.ts'
import { signRequest } from '../securing/http-signature/sign.ts'
import type { Hop } from './redirect.ts'

/**
 * Signs one request that presents (docs/spec/06-presenting.md §1).
 *
 * @param delegation What `Agent-Delegation` is to be.
 * @returns The fields to add, that one among them.
 */
export type RequestSigner = (
  request: Pick<Hop, 'url' | 'method' | 'headers' | 'body'>,
  delegation: string,
) => Promise<Record<string, string>>

/** Makes what signs requests with one key. */
export function createRequestSigner(
  signer: Signer,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): RequestSigner {
  return async ({ url, method, headers, body }, delegation) => {
    const field = { 'agent-delegation': delegation }
    const type = headers.get('content-type')
    const proof = await signRequest({
      profile: AGENT_DELEGATION_PROFILE,
      method,
      targetUri: targetOf(url),
      headers: { ...field, ...(type === null ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body }),
      signer,
      now: clock(),
      random,
    })
    return { ...field, ...proof }
  }
}

function targetOf(url: URL): string {
  const target = new URL(url)
  target.hash = ''
  return target.href
}
