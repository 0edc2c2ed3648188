import { ProcuraError } from '../errors.ts'
import type { AgentContext } from './agent-context.ts'
import { mayPass } from './issuer-problem.ts'
import { withRetries } from './retry.ts'

/** Shows the issuer a chain in which the caller stands, for its last link to be ended (docs/spec/08-lifecycle.md "Who may revoke a link"). */
export async function revokeChain(
  { issuer, ports }: AgentContext,
  chain: readonly string[],
  reason: string,
): Promise<void> {
  if (issuer === undefined) {
    throw new ProcuraError(
      'ERR_PROCURA_ISSUER_UNREACHABLE',
      'no issuer is configured to revoke the chain at; give issuer (PROCURA_ISSUER)',
    )
  }
  const body = { chain: chain.slice(1), reason }
  const call = { method: 'POST', path: '/v1/chains/revoke', body } as const
  await withRetries(() => issuer.call(call), mayPass, ports.sleep)
}
