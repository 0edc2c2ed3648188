import { ProcuraError } from '../errors.ts'
import { parseOrigin } from './data-directory.ts'

/** When neither the options nor the origin name a port. */
const DEFAULT_PORT = 8787

/** Of a loopback origin its own, for nothing stands in front of it. */
export function defaultPort(origin: string): number {
  const { protocol, port } = new URL(origin)
  return protocol === 'http:' && port !== '' ? Number(port) : DEFAULT_PORT
}

/** @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` when another origin is given than was chosen. */
export function assertSameOrigin(chosen: string, given: string | undefined): void {
  if (given === undefined || parseOrigin(given) === chosen) return
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    `the origin is ${chosen}, chosen by "procura init": it stands in the credentials and stays`,
  )
}
