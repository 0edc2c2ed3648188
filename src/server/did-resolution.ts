import {
  DID_DOCUMENT_MEDIA_TYPES,
  type DidDocumentMediaType,
  type DidResolutionError,
  type DidResolutionOptions,
  type DidResolutionResult,
  resolveDidToResult,
} from '../did/resolve-did-to-result.ts'

/** Media type of a whole resolution result. */
export const DID_RESOLUTION_MEDIA_TYPE = 'application/did-resolution'

/** What callers write that want the whole result: the type itself, its older name without parameters, and anything. */
const RESULT_RANGES: ReadonlySet<string> = new Set([
  DID_RESOLUTION_MEDIA_TYPE,
  'application/ld+json',
  'application/json',
  'application/*',
  '*/*',
])

/** Most media ranges of an `Accept` field that are looked at. */
const MAX_RANGES = 32

/** HTTP status of each error (DID Resolution § HTTP(S) Binding); what the key types miss is ours. */
const ERROR_STATUS: Readonly<Record<DidResolutionError, number>> = {
  invalidDid: 400,
  invalidPublicKey: 400,
  invalidPublicKeyLength: 400,
  invalidPublicKeyType: 400,
  notFound: 404,
  representationNotSupported: 406,
  internalError: 500,
  methodNotSupported: 501,
  unsupportedPublicKeyType: 501,
}

/** An answer of the HTTP binding: how it went, and what to write. */
export interface DidResolutionAnswer {
  readonly status: number
  readonly contentType: DidDocumentMediaType | typeof DID_RESOLUTION_MEDIA_TYPE
  readonly body: object
}

/**
 * Resolves the identifier of `GET /1.0/identifiers/{did}` (DID Resolution § HTTP(S) Binding). A caller that accepts a
 * media type of DID documents first gets the document alone; any other the whole result, with the error if there is
 * one. A pure function of its arguments and of the documents that the caller's methods have; fetches nothing.
 *
 * @param segment The path segment as it was sent. It is percent-decoded once, so the `%3A` of a `did:web` is sent as
 * `%253A`. DID URLs are not dereferenced: one with a path, query or fragment is `invalidDid`.
 * @param accept The `Accept` field; `null` when there was none.
 */
export async function answerDidResolution(
  segment: string,
  accept: string | null,
  methods: DidResolutionOptions['methods'] = {},
): Promise<DidResolutionAnswer> {
  const wanted = readAccept(accept ?? '*/*')
  const did = decodeOnce(segment)
  if (wanted === 'result') return wholeAnswer(await resolveDidToResult(did, { methods }))
  const result = await resolveDidToResult(did, { accept: wanted ?? 'none', methods })
  return wanted === undefined ? wholeAnswer(result) : documentAnswer(result, wanted)
}

/** A document media type, `result`, or `undefined` when nothing that is served is accepted. The first range wins. */
function readAccept(accept: string): DidDocumentMediaType | 'result' | undefined {
  for (const range of accept.split(',', MAX_RANGES)) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    if (parameters.some((parameter) => /^q=0(\.0{0,3})?$/.test(parameter))) continue
    const document = DID_DOCUMENT_MEDIA_TYPES.find((name) => name === type)
    if (document !== undefined) return document
    if (RESULT_RANGES.has(type)) return 'result'
  }
  return undefined
}

/** Text that is not percent-encoded UTF-8 stands for itself, and is no DID. */
function decodeOnce(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function wholeAnswer(result: DidResolutionResult): DidResolutionAnswer {
  const { error } = result.didResolutionMetadata
  const status = error === undefined ? 200 : ERROR_STATUS[error]
  return { status, contentType: DID_RESOLUTION_MEDIA_TYPE, body: result }
}

function documentAnswer(result: DidResolutionResult, contentType: DidDocumentMediaType): DidResolutionAnswer {
  return result.didDocument === null
    ? wholeAnswer(result)
    : { status: 200, contentType, body: result.didDocument }
}
