import { ProcuraError } from '../../errors.ts'
import { CliError } from '../cli-error.ts'

/** Longest id that is repeated to who typed it, in characters; those of the registry have 45 at most. */
const MAX_SHOWN_CHARS = 80

/** What every id of the registry is made of; the API has no route for anything else. */
const ID = /^[A-Za-z0-9._~:-]+$/

/** Something of the registry, as the command line calls it. */
interface Named {
  /** `owner`, `agent`, `grant`. */
  readonly noun: string
  readonly id: string
  /** The command that lists what there is. Default: `procura NOUN list`. */
  readonly listedBy?: string
}

/**
 * Does something with one item of the registry.
 *
 * @throws {CliError} `not_found`, with the id and the command that lists what there is.
 */
export async function findingItem<T>(
  { noun, id, listedBy = `procura ${noun} list` }: Named,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (!(cause instanceof ProcuraError) || !isMissing(cause, id)) throw cause
    const shown = JSON.stringify(id.slice(0, MAX_SHOWN_CHARS))
    throw new CliError('not_found', `there is no ${noun} ${shown}; \`${listedBy}\` shows those there are`, {
      cause,
    })
  }
}

function isMissing({ problem }: ProcuraError, id: string): boolean {
  return problem?.code === 'not_found' || (problem?.code === 'no_such_route' && !ID.test(id))
}
