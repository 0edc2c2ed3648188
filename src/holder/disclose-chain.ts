import { isJsonArray, type Json, type JsonObject, member } from '../core/json.ts'
import { isAtLocation, parseLocation } from '../model/location.ts'

/** What a presentation is for, as far as its presenter knows. */
export interface Purpose {
  /** Of the service provider: `https://mail.example`. */
  readonly origin: string
  /** Of the request, without query. Default: anywhere at the origin. */
  readonly path?: string
  /** Dotted names of what is asked for. Default: anything. */
  readonly actions?: readonly string[]
}

/**
 * Hides in the SD-JWTs of a chain the grant entries that a presentation does not need (docs/spec/06-presenting.md
 * "Disclosing"). What covers an entry of a link below has all its locations and actions, so it stays shown with it.
 *
 * @param texts Root first. Links in other mechanisms stay as they are; they show everything.
 */
export async function discloseChain(texts: readonly string[], purpose: Purpose): Promise<readonly string[]> {
  if (!texts.some(isSdJwt)) return texts
  const { discloseEntries } = await import('../securing/sd-jwt/disclose.ts')
  const isShown = (entry: JsonObject) => isNeeded(entry, purpose)
  return texts.map((text) => (isSdJwt(text) ? discloseEntries(text, isShown) : text))
}

function isSdJwt(text: string): boolean {
  return text.includes('~') && !text.startsWith('{')
}

function isNeeded(entry: JsonObject, { origin, path, actions }: Purpose): boolean {
  const isThere = (item: Json): boolean => {
    const location = parseLocation(item)
    return location?.origin === origin && (path === undefined || isAtLocation(location, origin, path))
  }
  const isAsked = (item: Json): boolean => actions === undefined || actions.some((action) => action === item)
  return itemsOf(entry, 'locations').some(isThere) && itemsOf(entry, 'actions').some(isAsked)
}

function itemsOf(entry: JsonObject, name: string): readonly Json[] {
  const value = member(entry, name)
  return isJsonArray(value) ? value : []
}
