import { ProcuraError } from '../errors.ts'
import { parseAction } from '../model/parse-grant.ts'

/**
 * The name of an action in an option, of a verifier or where a route or a tool is set up: what no grant can name would be
 * a rule for nothing, or refused for ever.
 *
 * @param option Where it stands, for the message.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`.
 */
export function readActionName(name: unknown, option: string): string {
  const action = typeof name === 'string' ? parseAction(name) : undefined
  if (action !== undefined) return action
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    `${option} must name an action exactly as grants do, such as "mail.read": letters, digits, _ and -, in parts joined by dots; there are no wildcards`,
  )
}
