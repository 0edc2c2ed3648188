import type { Clock, Fetch } from '../../core/clock.ts'
import { createRequestSigner } from '../../holder/request-signer.ts'
import type { Issuer } from '../../issuer/issuer.ts'
import type { Owner, Tenant } from '../../issuer/records.ts'
import { UPLOAD_PATH, UPLOAD_TYPE } from '../../model/chain-upload.ts'
import type { Signer } from '../../model/signer.ts'
import { formatReference } from '../../securing/http-signature/agent-delegation.ts'
import { digestChain, formatUpload } from '../../securing/http-signature/chain-upload.ts'
import { createLocalSigner, generateKey } from '../../securing/vc-jose/local-signer.ts'
import { createVerifier, type Verifier } from '../../verifier/create-verifier.ts'
import { trustEntry } from '../trust-entry.ts'

/** What a verifier said of a chain: its refusal, or `accepted`, which it never says while the proof is not the agent's. */
export interface Presented {
  readonly code: string
  readonly link?: number
}

/** A service provider of the service's own, which follows what the service publishes and nothing else. */
export interface Witness {
  /** Takes note of the newest status. */
  sync(): Promise<void>
  /**
   * Shows the witness a chain. A revocation that is known is found before any signature, so that the agent's key is not needed;
   * where none is, the chain is refused for its presenter's proof.
   *
   * @param keyId The key that the chain ends at, by its name.
   */
  present(chain: readonly string[], keyId: Signer['keyId']): Promise<Presented>
  close(): void
}

export interface WitnessOptions {
  readonly tenant: Tenant
  /** Whose chains are shown. */
  readonly owner: Owner
  /** Reads what the service publishes. */
  readonly fetch: Fetch
}

/** Makes a verifier as any service provider does (docs/spec/07-verifying.md). */
export async function createWitness(issuer: Issuer, options: WitnessOptions): Promise<Witness> {
  const { clock, random, origin } = issuer
  const { tenant, owner, fetch } = options
  const verifier = createVerifier({
    audience: `${origin}/`,
    trust: [trustEntry(origin, tenant)],
    environment: owner.environment,
    freshness: { '*': 'routine' },
    rdfc: true,
    fetch,
    clock,
  })
  const stranger = await createLocalSigner(await generateKey('Ed25519'))
  return {
    sync: async () => {
      await verifier.sync()
    },
    present: (chain, keyId) =>
      presentTo(verifier, chain, { signer: { ...stranger, keyId }, clock, random, origin }),
    close: () => verifier.close(),
  }
}

interface Presenter {
  readonly signer: Signer
  readonly clock: Clock
  readonly random: Issuer['random']
  readonly origin: string
}

/** Sent in advance: so that every step is taken but the authorization of an action, which a grant may limit to odd hours. */
async function presentTo(
  verifier: Verifier,
  chain: readonly string[],
  { signer, clock, random, origin }: Presenter,
): Promise<Presented> {
  const url = new URL(UPLOAD_PATH, origin)
  const body = formatUpload(chain)
  const headers = new Headers({ 'content-type': UPLOAD_TYPE })
  const sign = createRequestSigner(signer, { clock, random })
  const reference = formatReference(digestChain(chain))
  const proof = await sign({ url, method: 'POST', headers, body }, reference)
  const fields = new Headers({ 'content-type': UPLOAD_TYPE, ...proof })
  const header = (name: string) => fields.get(name) ?? undefined
  const verdict = await verifier.upload({ method: 'POST', target: UPLOAD_PATH, header, body })
  if (verdict.verified) return { code: 'accepted' }
  const { code, link } = verdict.refusal
  return { code, ...(link !== undefined && { link }) }
}
