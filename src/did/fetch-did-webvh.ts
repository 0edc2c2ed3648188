import { verifySignature } from '#crypto'
import { decodeUtf8 } from '../core/bytes.ts'
import { publicKeyFromRaw } from '../core/crypto/public-key.ts'
import { fetchBounded, refuseFetch } from '../core/fetch-bounded.ts'
import { isJsonArray, isJsonObject, type JsonObject, member, parseStrictJson } from '../core/json.ts'
import { type Did, methodSpecificIdOf } from '../model/did.ts'
import { accept, type Refused, refuse, type Verdict } from '../refusal.ts'
import type { DidDocument } from './did-document.ts'
import { didWebvhUrl } from './did-web.ts'
import { DID_FETCH_DEADLINE_MS, type WebAccess } from './fetch-did-web.ts'
import { parseDidDocument } from './parse-did-document.ts'
import { parseWebvhLog, type WebvhLog } from './webvh-log.ts'

/** Largest log, and largest file of witness proofs, in bytes. */
export const MAX_WEBVH_LOG_BYTES: number = 1024 * 1024

/** Types of a log, and what static hosts call it. */
const LOG_TYPES = [
  'text/jsonl',
  'application/jsonl',
  'application/json',
  'application/octet-stream',
  'text/plain',
]
const WITNESS_TYPES = ['application/json']

/** The part of `didwebvh-ts` that is used. It throws for whatever is wrong with a log. */
export interface WebvhPackage {
  resolveDIDFromLog(
    log: unknown,
    options: {
      readonly scid: string
      readonly requestedDid: string
      readonly witnessProofs: never[]
      readonly verifier: { readonly verify: typeof verifyEd25519 }
    },
  ): Promise<{ readonly meta: { readonly error?: unknown; readonly scid: string } }>
}

/**
 * Fetches and verifies the log of a `did:webvh` (did:webvh 1.0 § Read) and answers with its last document. The log
 * is fetched here, guarded as for `did:web`, and its form and digests are checked by {@link parseWebvhLog}; the
 * optional package `didwebvh-ts` checks proofs, keys, pre-rotation, witnesses and portability, and fetches nothing.
 *
 * @param load Loads the package; resolves to nothing when it is not installed. Default: `import('didwebvh-ts')`.
 * @returns `unsupported` while the package is not installed, else `did_unresolvable`.
 */
export async function fetchDidWebvh(
  did: Did,
  access: WebAccess,
  load: () => Promise<WebvhPackage | undefined> = loadPackage,
): Promise<Verdict<DidDocument>> {
  const url = didWebvhUrl(did, access.configuredHosts)
  if (url === undefined) return unresolvable('did')
  const webvh = await load()
  if (webvh === undefined) return refuse('unsupported', { dimension: 'install the package didwebvh-ts' })
  const text = await fetchText(url, LOG_TYPES, access)
  if (!text.verified) return text
  const [scid = ''] = methodSpecificIdOf(did).split(':')
  const log = parseWebvhLog(text.value, scid, access.clock())
  if (log === undefined) return unresolvable('log')
  const witnesses = log.isWitnessed ? await fetchText(witnessUrl(url), WITNESS_TYPES, access) : accept('[]')
  if (!witnesses.verified) return witnesses
  if (!(await isProven(log, witnesses.value, { did, scid, webvh }))) return unresolvable('proof')
  if (log.isDeactivated) return unresolvable('deactivated')
  const document = parseDidDocument(withControllers(log.state, did), did, access.clock())
  return document === undefined ? unresolvable('document') : accept(document)
}

/** Within `try`, which tells bundlers that a program is whole without the package. */
async function loadPackage(): Promise<WebvhPackage | undefined> {
  try {
    return await import('didwebvh-ts')
  } catch {
    return undefined
  }
}

/**
 * Two implementations leave `controller` out of their methods. The log is signed by the DID's own keys, so what they
 * mean is beyond doubt here, and only here.
 */
function withControllers(state: JsonObject, did: Did): JsonObject {
  const methods = member(state, 'verificationMethod')
  if (!isJsonArray(methods)) return state
  const whole = methods.map((method) =>
    isJsonObject(method) && !Object.hasOwn(method, 'controller') ? { ...method, controller: did } : method,
  )
  return { ...state, verificationMethod: whole }
}

/** Witness proofs lie beside the log. */
function witnessUrl(logUrl: string): string {
  return logUrl.replace(/did\.jsonl$/, 'did-witness.json')
}

async function fetchText(
  url: string,
  mediaTypes: readonly string[],
  access: WebAccess,
): Promise<Verdict<string>> {
  const bounds = { maxBytes: MAX_WEBVH_LOG_BYTES, deadlineMs: DID_FETCH_DEADLINE_MS, mediaTypes }
  const fetched = await fetchBounded(access.fetch, url, bounds)
  if ('cause' in fetched) return refuseFetch('did_unresolvable', fetched)
  const text = decodeUtf8(fetched)
  return text === undefined ? unresolvable('log') : accept(text)
}

/** Asks the package, whose every exception is a refusal. It gets the witness proofs, so that it fetches none. */
async function isProven(
  { entries }: WebvhLog,
  witnesses: string,
  { did, scid, webvh }: { readonly did: Did; readonly scid: string; readonly webvh: WebvhPackage },
): Promise<boolean> {
  if (parseStrictJson(witnesses) === undefined) return false
  try {
    const { meta } = await webvh.resolveDIDFromLog(JSON.parse(JSON.stringify(entries)), {
      scid,
      requestedDid: did,
      witnessProofs: JSON.parse(witnesses),
      verifier: { verify: verifyEd25519 },
    })
    return meta.error === undefined && meta.scid === scid
  } catch {
    return false
  }
}

async function verifyEd25519(signature: Uint8Array, message: Uint8Array, raw: Uint8Array): Promise<boolean> {
  const key = publicKeyFromRaw('Ed25519', raw)
  return key !== undefined && verifySignature(key, message, signature)
}

function unresolvable(dimension: string): Refused {
  return refuse('did_unresolvable', { dimension })
}
