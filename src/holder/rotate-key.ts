import { ProcuraError } from '../errors.ts'
import type { AgentContext } from './agent-context.ts'
import { type AgentKey, agentSigner, subjectOf } from './agent-keys.ts'
import { type Duration, parseDuration } from './duration.ts'
import { isRegisteredAgent } from './held-chain.ts'
import type { IssuerClient } from './issuer-client.ts'
import { mayPass } from './issuer-problem.ts'
import { withRetries } from './retry.ts'

/** Which key an agent is to have, and how long the one before is good for. */
export interface RotationOptions {
  /**
   * The new key. Keep it where the agent finds it after a restart, before it is given here: once the issuer knows it, the old one
   * renews nothing any more.
   */
  readonly key: AgentKey
  /** How long what the old key holds can still be presented: at most `'24h'`, which is the default; 0 in an emergency. */
  readonly grace?: Duration
}

const DEFAULT_GRACE: Duration = '24h'

/**
 * Gives the agent another key at the issuer, and fetches its chain for it (docs/spec/08-lifecycle.md). Until that is here the agent
 * presents the old one, so nobody is refused in between.
 *
 * Asked again with the same key it finishes what was interrupted.
 */
export async function rotateKey(context: AgentContext, { key, grace }: RotationOptions): Promise<void> {
  const { keeper, keys } = context
  const issuer = issuerOf(context)
  const graceSeconds = grace === 0 ? 0 : Math.ceil(parseDuration(grace ?? DEFAULT_GRACE, 'grace') / 1000)
  const signer = await agentSigner(key)
  const did = subjectOf(signer)
  let undo = () => {}
  try {
    await keeper.replaceAfter(async () => {
      await announce(issuer, keeper.held.agent.agentId, { did, graceSeconds }, context)
      undo = keys.add(signer)
    })
  } catch (error) {
    // Neither key is known to the issuer, or the answer was lost; asked again with the same key, it is found out.
    if (isUnknown(error)) undo()
    throw error
  }
}

function issuerOf({ issuer, keeper }: AgentContext): IssuerClient {
  if (issuer !== undefined && isRegisteredAgent(keeper.held)) return issuer
  throw new ProcuraError(
    'ERR_PROCURA_ISSUER_UNREACHABLE',
    'only an agent that the issuer knows has its key rotated; give issuer (PROCURA_ISSUER), and rotate the agent rather than its runs',
  )
}

/** The old key is unknown once the new one is known: then an earlier answer was lost. */
async function announce(
  issuer: IssuerClient,
  agentId: string,
  body: object,
  { ports }: AgentContext,
): Promise<void> {
  const call = { method: 'POST', path: `/v1/agents/${encodeURIComponent(agentId)}/keys`, body } as const
  try {
    await withRetries(() => issuer.call(call), mayPass, ports.sleep)
  } catch (error) {
    if (!isUnknown(error)) throw error
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof ProcuraError && error.problem?.code === 'unknown_principal'
}
