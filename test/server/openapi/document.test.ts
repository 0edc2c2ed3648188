import SwaggerParser from '@apidevtools/swagger-parser'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { z } from 'zod'
import { PROBLEM_STATUS } from '../../../src/server/api-error.ts'
import { NAMED_SCHEMAS } from '../../../src/server/http/named-schema.ts'
import { buildOpenApi } from '../../../src/server/openapi/build-document.ts'
import { ROUTES } from '../../../src/server/routes/index.ts'
import { send, startTestService } from '../../helpers/issuer-service.ts'

// biome-ignore lint/suspicious/noExplicitAny: a JSON document of many shapes, looked into by tests
const document: any = JSON.parse(JSON.stringify(buildOpenApi(ROUTES)))
const operations = Object.values(document.paths).flatMap((path) => Object.values(path as object))

describe('the OpenAPI document', () => {
  it('is a valid one of version 3.1 by the word of somebody else', async () => {
    const copy = structuredClone(document)

    await expect(SwaggerParser.validate(copy)).resolves.toBeDefined()
    await expect(SwaggerParser.validate({ ...copy, info: {} })).rejects.toThrow()
  })

  it('has every route, and a name of its own for each', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const routes = ROUTES.map(({ method, path }) => `${method} ${path.replaceAll(/[:*](\w+)/g, '{$1}')}`)

    expect(described.toSorted()).toEqual(routes.toSorted())
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(routes.length)
  })

  it('asks for a signature wherever the route does', () => {
    const open = operations.filter(({ security }) => security?.length === 0).length

    expect(document.security).toEqual([{ signature: [] }, { accessToken: [] }])
    expect(open).toBe(ROUTES.filter(({ access }) => access === 'public').length)
  })

  it('names every problem that a route can have', () => {
    const ofNoRoute = new Set(['no_such_route', 'method_not_allowed'])
    const codes = operations.flatMap(({ responses }) =>
      Object.values(responses as Record<string, { description: string }>).flatMap(({ description }) =>
        description.split(', '),
      ),
    )

    expect(
      Object.keys(PROBLEM_STATUS).filter((code) => !codes.includes(code) && !ofNoRoute.has(code)),
    ).toEqual([])
  })

  it('lets nobody add a member to a body, and answers grow', () => {
    const { NewAgent, Agent } = document.components.schemas

    expect(NewAgent.additionalProperties).toBe(false)
    expect(Agent).not.toHaveProperty('additionalProperties')
  })

  it('has examples that its schemas accept', () => {
    const schemas = [...NAMED_SCHEMAS._idmap.values()] as z.ZodType[]

    for (const schema of schemas) {
      const [example] = (schema.meta()?.examples ?? []) as unknown[]
      expect(schema.parse(example)).toEqual(example)
    }
    expect(schemas.length).toBeGreaterThan(25)
  })
})

describe('GET /openapi.json', () => {
  it('shows the document with the address of the service, to anyone', async () => {
    const service = await startTestService()
    onTestFinished(() => service.close())

    const { json, headers } = await send(`${service.url}/openapi.json`)

    expect(json).toEqual({ ...document, servers: [{ url: service.url }] })
    expect(headers.get('access-control-allow-origin')).toBe('*')
    const known = { headers: { 'if-none-match': headers.get('etag') ?? '' } }
    expect((await send(`${service.url}/openapi.json`, known)).status).toBe(304)
  })
})
