import { ProcuraError } from '../errors.ts'
import { parseAction } from '../model/parse-grant.ts'

/**
 * What a route or a tool asks for, when it is set up: what no grant can name would be refused for ever.
 *
 * @param option Where it stands, for the message.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`.
 */
export function readAction(action: string, option: string): string {
  const read = parseAction(action)
  if (read !== undefined) return read
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    `${option} must be the exact name of one action, such as "mail.read": letters, digits, _ and -, in parts joined by dots; there are no wildcards, so name each action at a route of its own`,
  )
}
