import type { JsonObject } from '../core/json.ts'
import { ProcuraError } from '../errors.ts'
import type { PresentedRequest } from '../model/presented-request.ts'
import { isBodyElsewhere } from '../securing/http-signature/body.ts'
import type { Policy } from './policy.ts'
import type { Ask } from './presentation.ts'

/*
 * What the service provider's own code passes to a verifier with what was presented: a mistake in it is thrown.
 */

/** Whatever is said of a body that nobody here has seen, arguments are not known from it. */
export function askOf(request: PresentedRequest, ask: Ask, { bodyCheckedUpstream }: Policy): Ask {
  if (!bodyCheckedUpstream || !isBodyElsewhere(request)) return ask
  const { arguments: _, ...known } = ask
  return known
}

/** @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for one of another shape, such as a framework's own. */
export function readRequest(request: PresentedRequest): PresentedRequest {
  const { method, target, header }: Partial<PresentedRequest> = request ?? {}
  if (typeof method === 'string' && typeof target === 'string' && typeof header === 'function') return request
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_ARGUMENT',
    'request must be { method, target, header(name), body? }: target as it came over the wire, such as "/inbox?folder=1"; header() answers a field by its lower-case name, body is the bytes',
  )
}

/** A copy: what is decided, watched and told in a receipt is what was asked, whatever becomes of the caller's objects. */
export function readAsk(ask: Ask): Ask {
  if (typeof ask?.action !== 'string' || ask.action === '')
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_ARGUMENT',
      'ask.action must name what is asked, such as "mail.read"',
    )
  const { arguments: given, ...named } = ask
  const copied = given === undefined ? undefined : copyOf(given)
  return copied === undefined ? named : { ...named, arguments: copied }
}

/** Arguments that cannot be copied (nested by the thousand, functions) are as none: limits that speak of them deny. */
function copyOf(given: JsonObject): JsonObject | undefined {
  try {
    return structuredClone(given)
  } catch {
    return undefined
  }
}
