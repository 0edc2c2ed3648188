import { MAX_PRESENTATION_SECONDS } from '../securing/vc-jose/presentation.ts'
import { presentationOf } from '../securing/vc-jose/presented-credential.ts'
import type { AgentContext } from './agent-context.ts'
import { readAudience } from './audience.ts'
import { discloseChain } from './disclose-chain.ts'

/** Whom a presentation is for, and what was asked of it. */
export interface PresentDocumentOptions {
  /** The service's audience, exactly as it is configured there: `https://mail.example/`. */
  readonly audience: string
  /** What the service wants to see repeated. */
  readonly challenge: string
  /** What it is for, such as `['mail.read']`: SD-JWTs show only the grants for it. Default: all at the audience. */
  readonly actions?: readonly string[]
}

/** Makes a presentation of the chain held. @throws {ProcuraError} As `Agent.presentation` says. */
export async function presentDocument(
  { keeper, keys, ports }: AgentContext,
  { audience, challenge, actions }: PresentDocumentOptions,
): Promise<string> {
  const domain = readAudience(audience)
  const purpose = { origin: new URL(domain).origin, ...(actions === undefined ? {} : { actions }) }
  const held = await keeper.usable()
  const signer = keys.of(held)
  const texts = await discloseChain(held.tokens, purpose)
  const { signDataIntegrity } = await import('../securing/data-integrity/sign.ts')
  const created = ports.clock()
  const signed = await signDataIntegrity({
    document: { ...presentationOf(texts), holder: held.own.credential.subject.id },
    cryptosuite: signer.algorithm === 'EdDSA' ? 'eddsa-jcs-2022' : 'ecdsa-jcs-2019',
    signer,
    proofPurpose: 'authentication',
    created,
    expires: created + MAX_PRESENTATION_SECONDS * 1000,
    domain,
    challenge,
  })
  return JSON.stringify(signed)
}
