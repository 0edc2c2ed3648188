import type { MaybePromise } from '../core/crypto/port.ts'
import { type DidDocument, findVerificationMethod, type VerificationMethod } from '../did/did-document.ts'
import type { DidResolver } from '../did/resolve-did.ts'
import type { ParsedChain, ParsedLink } from '../model/chain.ts'
import { accept, atLink, type Refused, type Verdict } from '../refusal.ts'
import { verifyCompactJws } from '../securing/vc-jose/compact-jws.ts'

declare const verified: unique symbol

/** A chain whose every signature was checked. Only {@link openChain} makes one. */
export type VerifiedChain = ParsedChain & { readonly [verified]: true }

/** Remembers which exact bytes were found to be signed by which key; never that something was refused. */
export interface SignatureMemo {
  /** True when exactly these bytes were verified before with a key of this thumbprint. */
  isVerified(link: ParsedLink, thumbprint: string): boolean
  remember(link: ParsedLink, thumbprint: string): void
}

export interface OpenChainOptions {
  readonly resolver: DidResolver
  readonly memo?: SignatureMemo
}

/**
 * Checks the signature of every link, root first (docs/spec/07-verifying.md step 8). The key must be authorised as
 * `assertionMethod` in the issuer's DID document of now, also when the signature is remembered.
 *
 * Answers without a promise when keys resolve and verify synchronously. Costs one signature for each link that is
 * not remembered, up to the first refusal.
 *
 * @param from First link to check; the links above it were checked by the same call.
 * @returns The first refusal from the root: `signature_invalid`, `key_not_authorized`, `unsupported`,
 *   `did_unresolvable`.
 */
export function openChain(
  chain: ParsedChain,
  options: OpenChainOptions,
  from = 0,
): MaybePromise<Verdict<VerifiedChain>> {
  for (const [position, link] of chain.entries()) {
    if (position < from) continue
    const refused = openLink(link, position, options)
    if (refused instanceof Promise) {
      return refused.then((late) => late ?? openChain(chain, options, position + 1))
    }
    if (refused !== undefined) return refused
  }
  return accept(chain as VerifiedChain)
}

function openLink(
  link: ParsedLink,
  position: number,
  { resolver, memo }: OpenChainOptions,
): MaybePromise<Refused | undefined> {
  const document = resolver.resolve(link.credential.issuer)
  return document instanceof Promise
    ? document.then((resolved) => openWith(link, position, resolved, memo))
    : openWith(link, position, document, memo)
}

function openWith(
  link: ParsedLink,
  position: number,
  document: Verdict<DidDocument>,
  memo: SignatureMemo | undefined,
): MaybePromise<Refused | undefined> {
  if (!document.verified) return atLink(document, position)
  const method = findVerificationMethod(document.value, link.verificationMethod, 'assertionMethod')
  if (!method.verified) return atLink(method, position)
  if (memo?.isVerified(link, method.value.thumbprint) === true) return undefined
  return openSignature(link, position, method.value, memo)
}

function openSignature(
  link: ParsedLink,
  position: number,
  method: VerificationMethod,
  memo: SignatureMemo | undefined,
): MaybePromise<Refused | undefined> {
  const conclude = (signature: Verdict<void>): Refused | undefined => {
    if (!signature.verified) return atLink(signature, position)
    memo?.remember(link, method.thumbprint)
    return undefined
  }
  const signature = verifyCompactJws(link, method)
  return signature instanceof Promise ? signature.then(conclude) : conclude(signature)
}
