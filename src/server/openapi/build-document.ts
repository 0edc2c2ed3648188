import type { z } from 'zod'
import { PROBLEM_STATUS, type ProblemCode } from '../api-error.ts'
import { webhookEventSchema } from '../contract/webhooks.ts'
import { JSON_TYPE, type Operation, problemsOf } from '../http/operation.ts'
import type { Route } from '../http/route.ts'
import { PROBLEM_MEDIA_TYPE } from '../problem-details.ts'
import { HEADERS, PARAMETERS, SECURITY_SCHEMES } from './components.ts'
import { namedSchemas, type Part, referenceTo, schemaOf } from './json-schemas.ts'

/**
 * The OpenAPI 3.1 document of these routes, without the address of a server: paths, bodies and answers as the schemas have
 * them, problems with their codes.
 */
export function buildOpenApi(routes: readonly Route[]): Part {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Procura issuer',
      version: '1',
      description: 'Owners, agents, delegations, runs and their status. What they mean: docs/api.md.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ signature: [] }, { accessToken: [] }],
    paths: pathsOf(routes),
    webhooks: { event: { post: eventOperation() } },
    components: {
      schemas: namedSchemas(routes.flatMap(({ operation }) => operation.body ?? [])),
      parameters: PARAMETERS,
      headers: HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
  }
}

function pathsOf(routes: readonly Route[]): Part {
  const paths: Record<string, Record<string, Part>> = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/[:*](\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return paths
}

function operationOf(route: Route): Part {
  const { operation, access, path } = route
  const { id, summary, body, text } = operation
  const parameters = parametersOf(route)
  const problems = problemsOf({ operation, path, access })
  return {
    operationId: id,
    summary,
    tags: [tagOf(path)],
    ...(access === 'key' && { security: [{ signature: [] }] }),
    ...(access === 'public' ? { security: [] } : { description: whoOf(access) }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: bodyOf(body) }),
    ...(text !== undefined && { requestBody: textBody(text) }),
    responses: { ...answerOf(route), ...withError(problemAnswers(problems), operation) },
  }
}

/** What is sent to webhooks. */
function eventOperation(): Part {
  return {
    operationId: 'receiveEvent',
    summary:
      'Is told of an event, at least once; signed by the key of the tenant for webhooks (docs/api.md "Webhooks")',
    tags: ['webhooks'],
    security: [],
    requestBody: bodyOf(webhookEventSchema),
    responses: { '2XX': { description: 'It was taken, also when it had been before.' } },
  }
}

function whoOf(access: Exclude<Route['access'], 'public'>): string {
  return access === 'key' ? 'For any key.' : `For the roles ${access.join(', ')}.`
}

/** `agents` of `/v1/agents/:id`; what is public has a word of its own. */
function tagOf(path: string): string {
  return /^\/v1\/([a-z]+)/.exec(path)?.[1] ?? 'public'
}

function parametersOf({ path, operation }: Route): readonly Part[] {
  const names = [...path.matchAll(/[:*](\w+)/g)].map(([, name = '']) => name)
  return [
    ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...Object.entries(operation.query ?? {}).map(([name, schema]) => ({ name, in: 'query', schema })),
    ...(operation.isIdempotent === true ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
  ]
}

/** A verb that needs nothing may be called without a body. */
function bodyOf(body: z.ZodType): Part {
  return { required: !body.safeParse({}).success, content: { [JSON_TYPE]: { schema: schemaOf(body) } } }
}

function textBody(type: string): Part {
  return { required: true, content: { [type]: { schema: { type: 'string' } } } }
}

/** An error of a standard, among the problems of its status. */
function withError(problems: Part, { error }: Operation): Part {
  if (error === undefined) return problems
  const invalid = problems['400'] as { readonly content: object }
  return {
    ...problems,
    400: { ...invalid, content: { ...invalid.content, [JSON_TYPE]: { schema: schemaOf(error) } } },
  }
}

function answerOf({ operation }: Route): Part {
  const { status = 200, answers } = operation
  const isCreated = status === 201
  const content = Object.entries(answers).map(([type, schema]) => [type, { schema: schemaOf(schema) }])
  return {
    [status]: {
      description: isCreated ? 'It was created, now or by an earlier request with this key.' : 'It was done.',
      headers: headersOf(isCreated ? ['X-Request-Id', 'Location', 'Idempotency-Replayed'] : ['X-Request-Id']),
      content: Object.fromEntries(content),
    },
  }
}

function headersOf(names: readonly (keyof typeof HEADERS)[]): Part {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}

/** One answer for each status, with the codes that come with it. */
function problemAnswers(codes: readonly ProblemCode[]): Part {
  const statuses = [...new Set(codes.map((code) => PROBLEM_STATUS[code]))]
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      problemOf(
        status,
        codes.filter((code) => PROBLEM_STATUS[code] === status),
      ),
    ]),
  )
}

function problemOf(status: number, codes: readonly ProblemCode[]): Part {
  const schema = {
    allOf: [
      { $ref: referenceTo('Problem') },
      { type: 'object', properties: { code: { type: 'string', enum: codes } } },
    ],
  }
  return {
    description: codes.join(', '),
    headers: headersOf(isPassing(status) ? ['X-Request-Id', 'Retry-After'] : ['X-Request-Id']),
    content: { [PROBLEM_MEDIA_TYPE]: { schema } },
  }
}

function isPassing(status: number): boolean {
  return status === 429 || status === 503
}
