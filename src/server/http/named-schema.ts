import { z } from 'zod'

/** The schemas that stand in the OpenAPI document under a name of their own. */
export const NAMED_SCHEMAS: z.core.$ZodRegistry<{ readonly id: string }> = z.registry()

/**
 * Gives a schema its name in the OpenAPI document, and an example that it accepts.
 *
 * @param id Unique, in upper camel case; generated clients call their type so.
 */
export function named<T>(id: string, schema: z.ZodType<T>, example: object): z.ZodType<T> {
  const shown = schema.meta({ ...schema.meta(), examples: [example] })
  NAMED_SCHEMAS.add(shown, { id })
  return shown
}
