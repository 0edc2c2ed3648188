import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../src/core/json.ts'
import { createLogger } from '../../../src/server/logger.ts'
import { FORMS } from '../../../src/server/vc-api/forms.ts'
import { createVcApi, type VcApiHandler } from '../../../src/server/vc-api/handler.ts'
import { genericCredential, genericPresentation } from '../../helpers/generic-documents.ts'

let handle: VcApiHandler
const secured = new Map<string, JsonObject>()

async function post(path: string, body: unknown) {
  const headers = { 'content-type': 'application/json' }
  const request = new Request(`http://localhost/instances/${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  const answer = await handle(request)
  return { status: answer.status, json: await answer.json() }
}

beforeAll(async () => {
  const log = createLogger('silent')
  handle = await createVcApi({ origin: 'http://localhost', host: '127.0.0.1', mode: 'compatibility', log })
  for (const form of FORMS) {
    const { json } = await post(`${form}/credentials/issue`, { credential: genericCredential({ name: 'x' }) })
    secured.set(form, json.verifiableCredential)
  }
})

/** Puts a value somewhere into a document, at a member that is there or beside it. */
function changed(document: JsonObject, steps: readonly number[], value: Json): Json {
  const names = Object.keys(document)
  const [step = 0, ...rest] = steps
  const name = names[step % (names.length + 1)] ?? 'added'
  const inner = document[name]
  const isDeeper = rest.length > 0 && typeof inner === 'object' && inner !== null && !Array.isArray(inner)
  return { ...document, [name]: isDeeper ? changed(inner as JsonObject, rest, value) : value }
}

describe('whatever is sent to an instance', () => {
  it('is answered, and what was changed never verifies', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...FORMS),
        fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }),
        fc.jsonValue({ maxDepth: 3 }),
        async (form, steps, value) => {
          const document = secured.get(form) ?? {}
          const verifiableCredential = changed(document, steps, value as Json)
          if (JSON.stringify(verifiableCredential) === JSON.stringify(document)) return
          const { status } = await post(`${form}/credentials/verify`, { verifiableCredential })

          expect(status).toBe(400)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('is issued or refused, and never breaks the instance', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...FORMS),
        fc.array(fc.nat(6), { minLength: 1, maxLength: 2 }),
        fc.jsonValue({ maxDepth: 3 }),
        async (form, steps, value) => {
          const credential = changed(genericCredential({ name: 'x' }), steps, value as Json)
          const presentation = changed(genericPresentation({ holder: 'did:a:b' }), steps, value as Json)
          const statuses = [
            (await post(`${form}/credentials/issue`, { credential })).status,
            (await post(`${form}/presentations`, { presentation })).status,
            (await post(`${form}/presentations/verify`, { verifiablePresentation: presentation })).status,
          ]

          expect(statuses.filter((status) => ![201, 400].includes(status))).toEqual([])
        },
      ),
      { numRuns: 150 },
    )
  })
})
