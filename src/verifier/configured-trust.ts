import { isWebDid, webHostOf, webUrlOf } from '../did/did-web.ts'
import { ProcuraError } from '../errors.ts'
import { type Did, isDid } from '../model/did.ts'
import { isLoopbackHost } from '../model/status-url.ts'
import { readTrustEntry, type TrustEntry } from './trust.ts'

/** Whom the operator trusts: with a full entry, or by name, and then the DID document says the rest. */
export interface ConfiguredTrust {
  readonly authority: Did
  readonly pinned?: TrustEntry
}

export interface TrustConfiguration {
  readonly trust: ReadonlyMap<string, ConfiguredTrust>
  /** Hosts, with the port if they have one, that the entries name: only those may be loopback or private. */
  readonly configuredHosts: ReadonlySet<string>
}

/**
 * Reads the option `trust`.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`, saying which member of which entry to mend.
 */
export function readTrustConfiguration(entries: readonly unknown[]): TrustConfiguration {
  const trust = new Map<string, ConfiguredTrust>()
  const read = entries.map((entry, position) => readOne(entry, `trust[${position}]`))
  const configuredHosts = new Set(read.flatMap(hostsOf))
  for (const [position, one] of read.entries()) {
    const at = `trust[${position}]`
    if (trust.has(one.authority)) fail(`${at}.authority`, 'is listed twice')
    for (const did of [one.authority, ...(one.pinned === undefined ? [] : [one.pinned.statusIssuer])]) {
      if (!canResolve(did, configuredHosts))
        fail(at, 'names a did:web or did:webvh that lies at no public https host')
    }
    trust.set(one.authority, one)
  }
  return { trust, configuredHosts }
}

function readOne(entry: unknown, at: string): ConfiguredTrust {
  if (typeof entry !== 'string') {
    const pinned = readTrustEntry(entry, at)
    return { authority: pinned.authority, pinned }
  }
  if (isDid(entry) && isWebDid(entry)) return { authority: entry }
  fail(at, 'must be a trust entry, as `procura trust export` writes it, or the DID of a did:web or did:webvh')
}

/** Written out by the operator, so it may lie on the operator's own network. */
function hostsOf({ authority, pinned }: ConfiguredTrust): readonly string[] {
  if (pinned !== undefined)
    return [pinned.head, ...pinned.statusOrigins].map((url) => url.split('/')[2] ?? '')
  const [name = '', port] = webHostOf(authority).split('%3A')
  return isLoopbackHost(name) ? [port === undefined ? name : `${name}:${port}`] : []
}

function canResolve(did: Did, configuredHosts: ReadonlySet<string>): boolean {
  return !isWebDid(did) || webUrlOf(did, configuredHosts) !== undefined
}

function fail(member: string, problem: string): never {
  throw new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', `${member} ${problem}`)
}
