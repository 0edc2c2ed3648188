import { andThen, type MaybePromise } from '../core/maybe-promise.ts'
import { type DidDocument, findVerificationMethod, type VerificationMethod } from '../did/did-document.ts'
import type { DidResolver } from '../did/resolve-did.ts'
import type { LinkSignature, ParsedLink } from '../model/chain.ts'
import { accept, type Verdict } from '../refusal.ts'
import { verifyCompactJws } from '../securing/vc-jose/compact-jws.ts'

/** Remembers which exact bytes were found to be signed by which key; never that something was refused. */
export interface SignatureMemo {
  /** True when exactly these bytes were verified before with an issuer's key of this thumbprint. */
  isVerified(link: ParsedLink, thumbprint: string): boolean
  remember(link: ParsedLink, thumbprint: string): void
}

export interface OpenLinkOptions {
  readonly resolver: DidResolver
  readonly memo?: SignatureMemo
}

const REMEMBERED: Verdict<undefined> = accept(undefined)

/**
 * Checks every signature of one link, whatever secures it. The issuer's key must be authorised as `assertionMethod`
 * in the issuer's DID document of now, also when the signature is remembered.
 *
 * Answers without a promise when keys resolve and verify synchronously.
 *
 * @returns The thumbprint of the issuer's key when the link is worth remembering with it: it was not remembered, and no
 *   second key of the issuer has signed. Else `signature_invalid`, `key_not_authorized`, `unsupported`,
 *   `did_unresolvable`.
 */
export function openLink(
  link: ParsedLink,
  { resolver, memo }: OpenLinkOptions,
): MaybePromise<Verdict<string | undefined>> {
  const [own, ...others] = link.signatures
  // What is remembered is one key of the issuer; a second one has to be authorised now as well.
  const isByOneKey = !others.some((other) =>
    other.verificationMethod.startsWith(`${link.credential.issuer}#`),
  )
  return andThen(resolver.resolve(link.credential.issuer), (document) => {
    const method = methodOf(document, own)
    if (!method.verified) return method
    const { thumbprint } = method.value
    if (isByOneKey && memo?.isVerified(link, thumbprint) === true) return REMEMBERED
    return andThen(verifyAll(own, method.value, others, resolver), (opened) =>
      opened.verified ? accept(isByOneKey ? thumbprint : undefined) : opened,
    )
  })
}

/** A second signer vouches for the issuer's statement: its DID is the key itself, so it is not asked for anything else. */
function verifyAll(
  own: LinkSignature,
  method: VerificationMethod,
  others: readonly LinkSignature[],
  resolver: DidResolver,
): MaybePromise<Verdict<void>> {
  return andThen(verifySignature(own, method), (opened) => {
    const [next, ...rest] = others
    if (!opened.verified || next === undefined) return opened
    const did = next.verificationMethod.split('#', 1)[0] ?? ''
    return andThen(resolver.resolve(did), (document) => {
      const found = methodOf(document, next)
      return found.verified ? verifyAll(next, found.value, rest, resolver) : found
    })
  })
}

function methodOf(
  document: Verdict<DidDocument>,
  { verificationMethod }: LinkSignature,
): Verdict<VerificationMethod> {
  return document.verified
    ? findVerificationMethod(document.value, verificationMethod, 'assertionMethod')
    : document
}

function verifySignature(
  { signingInput, ...signature }: LinkSignature,
  method: VerificationMethod,
): MaybePromise<Verdict<void>> {
  if (typeof signingInput !== 'function') return verifyCompactJws({ ...signature, signingInput }, method)
  return signingInput().then((input) =>
    input.verified ? verifyCompactJws({ ...signature, signingInput: input.value }, method) : input,
  )
}
