import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { MAX_VALUES } from './rules.ts'

/** The members of a language value object (VCDM 2.0 §11.1); any other is an error. */
const MEMBERS: ReadonlySet<string> = new Set(['@value', '@language', '@direction'])

/** A well-formed tag of BCP 47, as far as its characters go: `en`, `zh-Hant-TW`. */
const LANGUAGE = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/

/**
 * A text for people (VCDM 2.0 §4.6, §11.1): a string, an object of text, language and direction, or a list of these
 * where it stands in several languages.
 */
export function isNaturalText(value: Json): boolean {
  const items = isJsonArray(value) ? value : [value]
  return items.length > 0 && items.length <= MAX_VALUES && items.every(isOneText)
}

function isOneText(value: Json): boolean {
  return isJsonObject(value) ? isLanguageValue(value) : typeof value === 'string'
}

function isLanguageValue(object: JsonObject): boolean {
  const { '@value': text, '@language': language = 'en', '@direction': direction = 'ltr' } = object
  return (
    Object.keys(object).every((name) => MEMBERS.has(name)) &&
    typeof text === 'string' &&
    typeof language === 'string' &&
    LANGUAGE.test(language) &&
    (direction === 'ltr' || direction === 'rtl')
  )
}
