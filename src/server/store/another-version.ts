import { ProcuraError } from '../../errors.ts'

/** Where the schema must not change under a service that may be running. */
export function anotherVersion(): ProcuraError {
  return new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    'the data are of another version than this program: use the program that runs the service, or start the service with this one first',
  )
}
