import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Fetch } from '../../core/clock.ts'
import { usageError } from '../cli-error.ts'
import type { Host } from '../host.ts'
import { type Trust, trustOf } from '../trust-file.ts'
import { directoryFetch } from './directory-fetch.ts'

/** Where status is read from, and whom it is believed of. */
export interface StatusSource {
  readonly fetch: Fetch
  readonly trust: Trust
}

/**
 * Reads `--status`: nothing is the network, at the heads that the trust entries name; a directory is a mirror of
 * `status pull`; a URL is another head of the one trust entry, under its origins.
 *
 * @throws {CliError} For anything else.
 */
export function readStatusSource(status: string | undefined, trust: Trust, host: Host): StatusSource {
  if (status === undefined) return { fetch: host.fetch, trust }
  if (/^https?:\/\//.test(status)) return { fetch: host.fetch, trust: withHead(trust, status) }
  const directory = resolve(host.directory, status)
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw usageError(`--status: there is no directory ${status}; make one with \`procura status pull\``)
  }
  return { fetch: directoryFetch(directory), trust }
}

function withHead(trust: Trust, url: string): Trust {
  const [entry, ...others] = trust.values()
  if (entry === undefined || others.length > 0) {
    throw usageError('--status with a URL needs an anchor file with one trust entry')
  }
  const head = url.endsWith('/head') ? url : `${url.replace(/\/$/, '')}/head`
  return trustOf([{ ...entry, head }], '--status')
}
