import { encodeUtf8 } from '../../core/bytes.ts'

/** Where the values of the covered components come from. */
export interface SignedRequest {
  readonly method: string
  /** Absolute, as RFC 9110 §7.1 composes it: configured origin and request target. */
  readonly targetUri: string
  /** By lower-case name, lines joined. */
  header(name: string): string | undefined
}

/**
 * Builds the signature base (RFC 9421 §2.5).
 *
 * @param components As they stand in `Signature-Input`, quotes included.
 * @param params The value of `@signature-params`.
 * @returns `undefined` when a component has no value, or one that could be read as another line or is not ASCII.
 */
export function buildSignatureBase(
  request: SignedRequest,
  components: readonly string[],
  params: string,
): Uint8Array | undefined {
  let base = ''
  for (const component of components) {
    const value = componentValue(request, component.slice(1, -1))
    if (value === undefined || !isFieldValue(value)) return undefined
    base += `${component}: ${value}\n`
  }
  base += `"@signature-params": ${params}`
  const bytes = encodeUtf8(base)
  return bytes.length === base.length ? bytes : undefined
}

function componentValue(request: SignedRequest, name: string): string | undefined {
  if (name === '@method') return request.method
  if (name === '@target-uri') return request.targetUri
  return request.header(name)
}

/** Field values come without the white space around them (RFC 9421 §2.1); what still has some is not a field value. */
function isFieldValue(value: string): boolean {
  return !value.includes('\n') && !value.includes('\r') && value.trim() === value
}
