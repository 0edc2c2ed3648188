import { equalBytes } from '../core/bytes.ts'
import { ProcuraError } from '../errors.ts'
import { type Did, isDid } from '../model/did.ts'
import type { Signer } from '../model/signer.ts'
import { createLocalSigner, type PrivateJwk } from '../securing/vc-jose/local-signer.ts'
import { type HeldChain, keyOfDid } from './held-chain.ts'

/** An agent's key as a caller gives it. */
export type AgentKey = PrivateJwk | Signer

/**
 * The keys of one agent: more than one while a chain of an older key is in use after a rotation. What is presented is signed with
 * the key that its chain ends at, what is asked of the issuer with the newest one.
 */
export class AgentKeys {
  readonly #signers = new Map<Did, Signer>()
  #newest: Signer

  constructor(signer: Signer) {
    this.#newest = signer
    this.#signers.set(subjectOf(signer), signer)
  }

  get newest(): Signer {
    return this.#newest
  }

  /** From now on the newest. @returns Makes the one before it the newest again. */
  add(signer: Signer): () => void {
    const before = this.#newest
    this.#newest = signer
    this.#signers.set(subjectOf(signer), signer)
    return () => {
      this.#newest = before
      this.#signers.delete(subjectOf(signer))
    }
  }

  has(did: Did): boolean {
    return this.#signers.has(did)
  }

  /** The key that a chain ends at. */
  of({ own }: HeldChain): Signer {
    return this.#signers.get(own.credential.subject.id) ?? this.#newest
  }
}

/**
 * A signer whose key id is the one verification method of its DID.
 *
 * @param did Whose key it must be. Default: that of the key.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_KEY` when it is not.
 */
export async function agentSigner(key: AgentKey, did?: Did): Promise<Signer> {
  const wanted = did && keyOfDid(did)
  const signer = 'sign' in key ? key : await createLocalSigner(key, wanted?.id)
  const method = wanted ?? keyOfDid(subjectOf(signer))
  const isSame =
    method?.key.type === signer.publicKey.type && equalBytes(method.key.raw, signer.publicKey.raw)
  if (isSame && signer.keyId === method.id) return signer
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_KEY',
    'the key is not the one that the chain ends at; give the key whose DID the delegation was issued to, and issuer when the key was rotated',
  )
}

/**
 * The DID that a signer's key id is under.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_KEY` when it is under none.
 */
export function subjectOf({ keyId }: Signer): Did {
  const [did = ''] = keyId.split('#')
  if (isDid(did)) return did
  throw new ProcuraError('ERR_PROCURA_INVALID_KEY', 'keyId of the signer must be a DID URL')
}
