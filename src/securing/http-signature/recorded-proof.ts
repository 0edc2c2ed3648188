import { decodeUtf8, encodeUtf8, equalBytes } from '../../core/bytes.ts'
import type { PresentedRequest } from '../../model/presented-request.ts'
import { accept, type Verdict } from '../../refusal.ts'
import { checkCoverage } from './coverage.ts'
import type { RequestProfile } from './profile.ts'
import { proofInvalid } from './proof-invalid.ts'
import { readParameters } from './proof-parameters.ts'
import { selectSignature } from './select-signature.ts'
import { buildSignatureBase } from './signature-base.ts'
import { parseSignatureInputs, type SignatureInput, stringValue } from './structured-fields.ts'
import type { RequestProof, RequestProofOptions } from './verify.ts'

/*
 * The proof of a request, kept for later (docs/spec/07-verifying.md "The receipt"): the signature base says all that was
 * signed, of a body its digest.
 */

/** A signed request as it is kept. */
export interface RecordedProof {
  /** RFC 9421 §2.5; ASCII. */
  readonly signatureBase: string
  /** 64 bytes. */
  readonly signature: Uint8Array
}

/** A signed request that was read from its record. Nobody has checked the signature. */
export interface RecordedRequest extends RequestProof {
  readonly method: string
  /** Raw request target at the origin. */
  readonly target: string
  /** Value of a covered field by lower-case name. */
  header(name: string): string | undefined
}

/**
 * Records the proof of a request that was accepted.
 *
 * @returns `undefined` for a request without such a proof.
 */
export function recordProof(
  request: PresentedRequest,
  { profile, origin }: Pick<RequestProofOptions, 'profile' | 'origin'>,
): RecordedProof | undefined {
  const selected = selectSignature(request, profile.tag)
  if (!selected.verified) return undefined
  const { input, signature } = selected.value
  const signed = {
    method: request.method,
    targetUri: origin + request.target,
    header: (name: string) => request.header(name),
  }
  const base = buildSignatureBase(signed, input.components, input.text)
  const signatureBase = base && decodeUtf8(base)
  return signatureBase === undefined ? undefined : { signatureBase, signature }
}

/**
 * Reads a record as `parseRequestProof` reads the request: exactly the components and parameters of the profile, timely
 * at `now`. The body is not there any more: whether one fits the digest is for whoever has it.
 *
 * Linear in the length of the base, which the caller bounds. Checks no signature.
 *
 * @returns `holder_proof_invalid` with the part at fault as dimension.
 */
export function parseRecordedProof(
  { signatureBase, signature }: RecordedProof,
  { profile, origin, now }: RequestProofOptions,
): Verdict<RecordedRequest> {
  const values = linesOf(signatureBase)
  const input = inputOf(values.get('@signature-params') ?? '', profile)
  if (input === undefined) return proofInvalid('signature-input')
  const parameters = readParameters(input.parameters, now)
  if (!parameters.verified) return parameters
  const request = requestOf(values, origin)
  if (request === undefined) return proofInvalid('@target-uri')
  const coverage = checkCoverage(request, profile, input.components, false)
  if (!coverage.verified) return coverage
  const recorded = encodeUtf8(signatureBase)
  const rebuilt = buildSignatureBase(
    { ...request, targetUri: origin + request.target },
    input.components,
    input.text,
  )
  // What is not the base of what it says was never signed as such.
  if (rebuilt === undefined || !equalBytes(rebuilt, recorded)) return proofInvalid('components')
  return accept({ ...parameters.value, ...request, signatureBase: recorded, signature })
}

/** `"name": value`, one to a line; what is no such line, or a second one, is missed when the base is built again. */
function linesOf(base: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const line of base.split('\n')) {
    const end = line.indexOf('": ')
    if (line.startsWith('"') && end > 0) values.set(line.slice(1, end), line.slice(end + 3))
  }
  return values
}

function inputOf(parameters: string, { tag }: RequestProfile): SignatureInput | undefined {
  const input = parseSignatureInputs(`${tag}=${parameters}`)?.get(tag)
  return stringValue(input?.parameters.get('tag')) === tag ? input : undefined
}

function requestOf(
  values: ReadonlyMap<string, string>,
  origin: string,
): Pick<RecordedRequest, 'method' | 'target' | 'header'> | undefined {
  const uri = values.get('@target-uri')
  if (uri === undefined || !uri.startsWith(`${origin}/`)) return undefined
  const header = (name: string): string | undefined => values.get(name)
  return { method: values.get('@method') ?? '', target: uri.slice(origin.length), header }
}
