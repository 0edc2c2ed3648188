import type { Json, JsonObject } from '../../core/json.ts'
import { PROCURA_CONTEXT, VC_CONTEXT } from '../../model/credential.ts'
import { isDidUrl } from '../../model/did.ts'

const SECURITY = 'https://w3id.org/security#'
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/

/** What identifiers may be written of as they are: what both texts and addresses of N-Quads leave alone. */
const PLAIN = /^[A-Za-z0-9:#%._-]+$/

/**
 * The canonical N-Quads of proof options that say no more than those of our credentials: under the two contexts of ours,
 * whose terms are protected, type, suite, purpose, method and, mostly, time. They are one node with a line for each
 * member, for which JSON-LD would take as long as for the credential itself.
 *
 * @returns `undefined` for any other options, which have to be canonicalized.
 */
export function plainProofQuads(options: JsonObject, context: Json | undefined): string | undefined {
  if (!isOurs(context)) return undefined
  const { type, cryptosuite, proofPurpose, verificationMethod, created, ...others } = options
  if (Object.keys(others).length > 0 || type !== 'DataIntegrityProof') return undefined
  if (proofPurpose !== 'assertionMethod') return undefined
  if (!isPlain(cryptosuite) || !isPlain(verificationMethod) || !isDidUrl(verificationMethod)) return undefined
  if (created !== undefined && !isDateTime(created)) return undefined
  const lines = [
    '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/security#DataIntegrityProof>',
    `<${SECURITY}cryptosuite> "${cryptosuite}"^^<${SECURITY}cryptosuiteString>`,
    `<${SECURITY}proofPurpose> <${SECURITY}assertionMethod>`,
    `<${SECURITY}verificationMethod> <${verificationMethod}>`,
  ]
  if (created !== undefined)
    lines.unshift(
      `<http://purl.org/dc/terms/created> "${created}"^^<http://www.w3.org/2001/XMLSchema#dateTime>`,
    )
  return lines.map((line) => `_:c14n0 ${line} .\n`).join('')
}

function isOurs(context: Json | undefined): boolean {
  return JSON.stringify(context) === JSON.stringify([VC_CONTEXT, PROCURA_CONTEXT])
}

function isPlain(value: Json | undefined): value is string {
  return typeof value === 'string' && PLAIN.test(value)
}

function isDateTime(value: Json): value is string {
  return typeof value === 'string' && DATE_TIME.test(value)
}
