import { decodeBase64 } from '../../core/base64.ts'
import type { PresentedRequest } from '../../model/presented-request.ts'
import { accept, refuse, type Verdict } from '../../refusal.ts'
import { SIGNATURE_BYTES } from '../key-type.ts'
import { MAX_SIGNATURE_FIELD_CHARS } from './profile.ts'
import { proofInvalid } from './proof-invalid.ts'
import {
  parseByteSequences,
  parseSignatureInputs,
  type SignatureInput,
  stringValue,
} from './structured-fields.ts'

/** What a request says about one signature, and its bytes. */
export interface SelectedSignature {
  readonly input: SignatureInput
  /** 64 bytes. */
  readonly signature: Uint8Array
}

/**
 * Finds the signature that the profile's tag selects (RFC 9421 §7.2.5). None and two are both refused: a verifier
 * that may choose can be made to choose wrongly.
 */
export function selectSignature(request: PresentedRequest, tag: string): Verdict<SelectedSignature> {
  const inputField = request.header('signature-input')
  const signatureField = request.header('signature')
  if (inputField === undefined || signatureField === undefined) return proofInvalid('signature')
  if (Math.max(inputField.length, signatureField.length) > MAX_SIGNATURE_FIELD_CHARS) {
    return refuse('limit_exceeded', { dimension: 'signature' })
  }
  const label = labelOf(parseSignatureInputs(inputField), tag)
  if (label === undefined) return proofInvalid('signature-input')
  const text = parseByteSequences(signatureField)?.get(label.name)
  const signature = text === undefined ? undefined : decodeBase64(text)
  if (signature?.length !== SIGNATURE_BYTES) return proofInvalid('signature')
  return accept({ input: label.input, signature })
}

function labelOf(inputs: ReadonlyMap<string, SignatureInput> | undefined, tag: string) {
  let found: { readonly name: string; readonly input: SignatureInput } | undefined
  for (const [name, input] of inputs ?? []) {
    if (stringValue(input.parameters.get('tag')) !== tag) continue
    if (found !== undefined) return undefined
    found = { name, input }
  }
  return found
}
