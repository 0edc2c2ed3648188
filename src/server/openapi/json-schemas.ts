import { z } from 'zod'
import { NAMED_SCHEMAS } from '../http/named-schema.ts'

/** A part of the document. */
export type Part = Readonly<Record<string, unknown>>

const OPTIONS = { unrepresentable: 'any', io: 'input' } as const

/** Where a named schema is within the document. */
export function referenceTo(id: string): string {
  return `#/components/schemas/${id}`
}

/** A schema where it is used: a reference when it has a name. */
export function schemaOf(schema: z.ZodType): Part {
  const id = NAMED_SCHEMAS.get(schema)?.id
  return id === undefined ? withoutHead(z.toJSONSchema(schema, OPTIONS)) : { $ref: referenceTo(id) }
}

/**
 * Every named schema. Of a body, all members are known, and others are refused; an answer may get further ones with a later
 * version, so what is said of it leaves that open.
 */
export function namedSchemas(bodies: readonly z.ZodType[]): Part {
  const closed = new Set(bodies.map((body) => NAMED_SCHEMAS.get(body)?.id))
  const { schemas } = z.toJSONSchema(NAMED_SCHEMAS, { ...OPTIONS, uri: referenceTo })
  return Object.fromEntries(
    Object.entries(schemas).map(([id, schema]) => {
      const shown = withoutHead(schema)
      return [id, closed.has(id) ? shown : opened(shown)]
    }),
  )
}

/** The document says once which dialect it is. */
function withoutHead({ $id: _, $schema: __, ...schema }: Part): Part {
  return schema
}

/** `additionalProperties` is a keyword here and nowhere a property of ours. */
function opened(value: unknown): Part {
  const text = JSON.stringify(value, (name, part) => (name === 'additionalProperties' ? undefined : part))
  return JSON.parse(text)
}
