import { ProcuraError } from '../errors.ts'
import { readAsk } from './caller-arguments.ts'
import type { Ask, Question } from './presentation.ts'

/**
 * What is asked of something that was presented without a request of its own.
 *
 * @throws {ProcuraError} As `readAsk`; `ERR_PROCURA_INVALID_ARGUMENT` for a target that cannot stand in a request line.
 */
export function readQuestion(ask: Ask, target: string): Question {
  return { ask: readAsk(ask), target: readTarget(target) }
}

function readTarget(target: string): string {
  if (typeof target === 'string' && target.startsWith('/')) return target
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_ARGUMENT',
    'target must be the path at which the action takes place, such as "/mcp"',
  )
}
