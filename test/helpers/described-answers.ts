import { PROBLEM_STATUS } from '../../src/server/api-error.ts'
import { JSON_TYPE, problemsOf } from '../../src/server/http/operation.ts'
import { type Route, Router } from '../../src/server/http/route.ts'
import { problemAnswer } from '../../src/server/openapi/components.ts'
import { ROUTES } from '../../src/server/routes/index.ts'
import type { Answer } from './issuer-service.ts'

const router = new Router(ROUTES)

/** JSON by its name, or by what the type is registered for. */
const IS_JSON = /json$|^application\/(?:vc|did|did-resolution)$/

/** Without a body: what the client holds already, and what the HTTP server refuses itself. */
const NOT_OURS: ReadonlySet<number> = new Set([304, 408, 431])

/**
 * Holds an answer against what its route says of itself, closed: a member, a status, a media type or a code that the OpenAPI
 * document does not have is an error. What is no route is not looked at.
 */
export function assertAsDescribed(method: string, path: string, answer: Answer): void {
  const route = router.match(path).find((match) => match.route.method === method)?.route
  if (route === undefined || NOT_OURS.has(answer.status) || isDidResolution(route)) return
  const fault = answer.status < 300 ? faultOfAnswer(route, answer) : faultOfProblem(route, answer)
  if (fault === undefined) return
  throw new Error(`${method} ${route.path} does not describe ${answer.status}: ${fault}\n${answer.text}`)
}

/** Errors of the HTTP binding of DID Resolution are results, with a status that the DID decides on. */
function isDidResolution({ operation }: Route): boolean {
  return operation.id === 'resolveDid'
}

function faultOfAnswer({ operation }: Route, { status, headers, json, text }: Answer): string | undefined {
  if (status !== (operation.status ?? 200)) return 'another status'
  const type = headers.get('content-type') ?? ''
  if (Object.keys(operation.answers).length === 0) return text === '' ? undefined : 'a body'
  const schema = operation.answers[type]
  if (schema === undefined) return `the type ${type}`
  const parsed = schema.safeParse(IS_JSON.test(type) ? json : text)
  return parsed.success ? undefined : parsed.error.message
}

function faultOfProblem(route: Route, { status, json, headers }: Answer): string | undefined {
  const { error } = route.operation
  if (error !== undefined && status === 400 && headers.get('content-type') === JSON_TYPE)
    return error.safeParse(json).error?.message
  const problem = problemAnswer.safeParse(json)
  if (!problem.success) return problem.error.message
  const { operation, path, access } = route
  const known = problemsOf({ operation, path, access })
  const code = known.find((candidate) => candidate === json.code)
  if (code === undefined) return `the code ${json.code}`
  return PROBLEM_STATUS[code] === status ? undefined : 'another status'
}
