import { ProcuraError } from '../errors.ts'
import { parseAction } from '../model/parse-grant.ts'

/**
 * The name of an action in an option. A rule for what no grant can name would be one for nothing.
 *
 * @param option Where it stands, for the message.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`.
 */
export function readActionName(name: unknown, option: string): string {
  const action = typeof name === 'string' ? parseAction(name) : undefined
  if (action !== undefined) return action
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    `${option} must name actions exactly as grants do, such as "mail.read"`,
  )
}
