import type { Page } from '../../issuer/ports.ts'
import { ApiError, type InvalidMember } from '../api-error.ts'
import { DEFAULT_PAGE_ITEMS, MAX_CURSOR_CHARS, MAX_PAGE_ITEMS } from '../limits.ts'
import { ID_PATTERN } from './route.ts'

/** Cursors are opaque and of the store's making; only their alphabet is known here. */
const CURSOR = /^[A-Za-z0-9_=.:-]+$/

/** A page and the filters of a list. */
export interface ListQuery {
  readonly page: Page
  /** By name of the query parameter; only those that were given. */
  readonly filter: Readonly<Record<string, string>>
}

/**
 * Reads the query of a list: `limit`, `after` and the named filters, each at most once, nothing else.
 *
 * @throws {ApiError} `invalid_request`
 */
export function parseListQuery(query: URLSearchParams, filters: readonly string[]): ListQuery {
  const allowed = ['limit', 'after', ...filters]
  const errors: InvalidMember[] = []
  const filter: Record<string, string> = {}
  for (const name of new Set(query.keys())) {
    const value = query.get(name) ?? ''
    if (!allowed.includes(name)) errors.push({ pointer: `?${name}`, message: 'is not a parameter' })
    else if (query.getAll(name).length > 1) errors.push({ pointer: `?${name}`, message: 'is given twice' })
    else if (!isValid(name, value))
      errors.push({ pointer: `?${name}`, message: RULES[name] ?? 'must be an id' })
    else if (filters.includes(name)) filter[name] = value
  }
  if (errors.length > 0) throw new ApiError('invalid_request', { errors })
  return { page: pageOf(query), filter }
}

const RULES: Readonly<Record<string, string>> = {
  limit: `must be a whole number, 1 to ${MAX_PAGE_ITEMS}`,
  after: 'must be the "next" of the page before',
}

function isValid(name: string, value: string): boolean {
  if (name === 'limit') return /^[1-9]\d{0,2}$/.test(value) && Number(value) <= MAX_PAGE_ITEMS
  if (name === 'after') return value.length <= MAX_CURSOR_CHARS && CURSOR.test(value)
  return ID_PATTERN.test(value)
}

function pageOf(query: URLSearchParams): Page {
  const after = query.get('after')
  return {
    limit: Number(query.get('limit') ?? DEFAULT_PAGE_ITEMS),
    ...(after !== null && { after }),
  }
}
