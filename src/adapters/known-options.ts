import { ProcuraError } from '../errors.ts'

/** Every member that options may have; one that is missing here does not compile. */
export type KnownOptions<T> = Readonly<Record<keyof T, true>>

/**
 * Refuses options that nothing reads, when an adapter is set up: a misspelt limit would be none.
 *
 * @param whose For the message: `delegated()`.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`, naming the option.
 */
export function refuseUnknown<T extends object>(options: T, known: KnownOptions<T>, whose: string): void {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name))
  if (unknown !== undefined) misconfigured(`${unknown} is no option of ${whose}`)
}

/**
 * Refuses an identifier that is neither one nor a way to take it from what was received: every request would fail.
 *
 * @param option Where it stands, for the message.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`.
 */
export function assertIdentifier(identifier: unknown, option: string): void {
  if (identifier !== undefined && typeof identifier !== 'string' && typeof identifier !== 'function')
    misconfigured(`${option} must be a text, such as "inbox/support", or a function`)
}

/**
 * Refuses a listener that nobody could tell anything.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`.
 */
export function assertListener(onVerdict: unknown): void {
  if (onVerdict !== undefined && typeof onVerdict !== 'function')
    misconfigured('onVerdict must be a function')
}

/**
 * Refuses a request target that can stand in no request line: every request would fail.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`.
 */
export function assertTarget(target: string): void {
  if (typeof target !== 'string' || !target.startsWith('/'))
    misconfigured('target must be the path of the endpoint, such as "/mcp"')
}

export function misconfigured(message: string): never {
  throw new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', message)
}
