import { z } from 'zod'
import type { JsonObject } from '../../core/json.ts'
import { NAMED_SCHEMAS, named } from '../http/named-schema.ts'
import { MAX_CURSOR_CHARS, MAX_PAGE_ITEMS } from '../limits.ts'

/** A point in time: ISO 8601, UTC, milliseconds. */
export const timeSchema: z.ZodType<string> = z.string().meta({ format: 'date-time' })

/** An opaque id, of which nothing but equality is to be relied on. */
export const idSchema: z.ZodType<string> = z.string()

/** Any DID, as answers name it. */
export const anyDidSchema: z.ZodType<string> = z.string().meta({ pattern: '^did:' })

/** Position of a status bit. */
export const positionSchema: z.ZodType = named(
  'StatusPosition',
  z.strictObject({ list: z.int().min(1), index: z.int().min(0) }),
  { list: 3, index: 70_022 },
)

/** A named schema within another. */
export const grantsSchema: z.ZodType = z.array(z.looseObject({ type: z.string() }))

/** One page of items. */
export function listOf(item: z.ZodType): z.ZodType {
  const id = `${NAMED_SCHEMAS.get(item)?.id ?? 'Item'}List`
  return named(id, z.strictObject({ items: z.array(item), next: z.exactOptional(z.string()) }), { items: [] })
}

/** An id in a query. */
const ID_PARAMETER: JsonObject = { type: 'string', pattern: '^[A-Za-z0-9._~:-]+$' }

/** The parameters of a list with these filters. */
export function listQuery(filters: readonly string[]): Readonly<Record<string, JsonObject>> {
  return {
    limit: { type: 'integer', minimum: 1, maximum: MAX_PAGE_ITEMS },
    after: { type: 'string', maxLength: MAX_CURSOR_CHARS, description: 'the next of the page before' },
    ...Object.fromEntries(filters.map((name) => [name, ID_PARAMETER])),
  }
}

/** How many events are sent again. */
export const redeliveryAnswer: z.ZodType<{ readonly events: number }> = named(
  'Redelivered',
  z.strictObject({ events: z.int().min(0) }),
  { events: 3 },
)
