import { parseStrictJson } from '../core/json.ts'
import { parseIssuerUrl } from '../holder/issuer-url.ts'
import { fetchDocument } from '../verifier/fetch-document.ts'
import type { TrustEntry } from '../verifier/trust.ts'
import { CliError, usageError } from './cli-error.ts'
import type { Host } from './host.ts'
import { trustOf } from './trust-file.ts'

/** Largest trust entry that is read, in bytes. */
const MAX_TRUST_ENTRY_BYTES = 64 * 1024

/**
 * Asks an issuer for the trust entry of a tenant. Who answers is only as sure as the connection: good for looking, and
 * for an anchor file that somebody compares before it is used.
 *
 * @param tenant Default: the issuer's first.
 * @throws {CliError} When there is none, or no verifier would read it.
 */
export async function fetchTrustEntry(
  issuer: string,
  tenant: string | undefined,
  { fetch }: Host,
): Promise<TrustEntry> {
  const url = new URL('./.well-known/procura', parseIssuerUrl(issuer))
  if (tenant !== undefined) url.searchParams.set('tenant', tenant)
  const text = await fetchDocument(fetch, url.href, MAX_TRUST_ENTRY_BYTES)
  const json = text.verified ? parseStrictJson(text.value) : undefined
  if (json === undefined) {
    throw new CliError(
      'unreachable',
      `no trust entry could be had from ${url.href}; check --issuer, --tenant and the network`,
    )
  }
  const [entry] = trustOf([json], url.href).values()
  if (entry === undefined) throw usageError(`${url.href} has no trust entry`)
  return entry
}
