import { contexts as credentials } from '@digitalbazaar/credentials-context'
import dataIntegrity from '@digitalbazaar/data-integrity-context'
import multikey from '@digitalbazaar/multikey-context'
import { contexts as statusLists } from '@digitalbazaar/vc-bitstring-status-list-context'
import did from 'did-context'
import { isJsonObject, type Json, type JsonObject, member, parseStrictJson } from '../../core/json.ts'
import { PROCURA_CONTEXT } from '../../model/credential.ts'
import { PROCURA_CONTEXT_TEXT } from './procura-context.ts'

/** What defines terms that nobody defined: with it, a dropped member would pass for one that is signed. */
const UNDEFINED_TERMS = 'https://www.w3.org/ns/credentials/undefined-terms/v2'

/**
 * The content of every JSON-LD context that can be met, by address (contexts/README.md). There are no others: nothing
 * is fetched.
 */
export const CONTEXTS: ReadonlyMap<string, Json> = new Map([
  ...[credentials, statusLists, dataIntegrity.contexts, multikey.contexts, did.contexts]
    .flatMap((contexts) => [...contexts])
    .filter(([url]) => url !== UNDEFINED_TERMS)
    .map(([url, document]): [string, Json] => [url, contentOf(JSON.stringify(document))]),
  [PROCURA_CONTEXT, contentOf(PROCURA_CONTEXT_TEXT)],
])

/** The value of `@context` in a context document, as a copy of our own that no other user of a package can change. */
function contentOf(text: string): Json {
  const json = parseStrictJson(text)
  const document: JsonObject = isJsonObject(json) ? json : {}
  return member(document, '@context') ?? null
}
