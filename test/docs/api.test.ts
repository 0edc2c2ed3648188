import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { problemOf } from '../../src/adapters/problem.ts'
import type { ProcuraErrorCode } from '../../src/errors.ts'
import type { Role } from '../../src/issuer/records.ts'
import { REFUSAL_CODES } from '../../src/refusal.ts'
import { PROBLEM_STATUS } from '../../src/server/api-error.ts'
import {
  MAX_BODY_BYTES,
  MAX_HEADER_BYTES,
  REQUESTS_PER_MINUTE,
  UNSIGNED_PER_MINUTE,
  WRITES_PER_PRINCIPAL,
  WRITES_PER_TENANT,
} from '../../src/server/limits.ts'
import { buildOpenApi } from '../../src/server/openapi/build-document.ts'
import { ROUTES } from '../../src/server/routes/index.ts'

const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8')

/** Rows of the table under a heading, or after a line: first cell without back quotes, the others as they are. */
function rowsAfter(start: string): readonly (readonly string[])[] {
  const lines = page.slice(page.indexOf(start)).split('\n')
  const first = lines.findIndex((line) => line.startsWith('|---'))
  const rows = lines.slice(first + 1)
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) =>
      line
        .slice(2, -2)
        .split(' | ')
        .map((cell) => cell.replaceAll('`', '')),
    )
}

const LETTERS: Readonly<Record<Role, string>> = {
  admin: 'D',
  auditor: 'U',
  revoker: 'R',
  owner: 'O',
  agent: 'G',
}
const ORDER = 'DUROG'

describe('docs/api.md', () => {
  it('names every route that is signed, and who may call it', () => {
    const documented = rowsAfter('## Who may do what').map(([route, who]) => `${route} ${who?.toUpperCase()}`)
    const routes = ROUTES.flatMap(({ access, method, path }) => {
      if (access === 'public' || access === 'key') return []
      const who = access.map((role) => LETTERS[role]).toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))
      return [`${method} ${path} ${who.join('')}`]
    })

    expect(documented).toEqual(routes)
  })

  it('names every route that any key may call', () => {
    const routes = ROUTES.filter(({ access }) => access === 'key').map(
      ({ method, path }) => `${method} ${path}`,
    )

    expect(rowsAfter('Signed by any key').map(([route]) => route)).toEqual(routes)
  })

  it('names every public route', () => {
    const routes = ROUTES.filter(({ access }) => access === 'public').map(
      ({ method, path }) => `${method} ${path}`,
    )

    expect(rowsAfter('Public, without signature').map(([route]) => route)).toEqual(routes)
  })

  it('has the routes that the OpenAPI document has', () => {
    const document = buildOpenApi(ROUTES) as { paths: Readonly<Record<string, object>> }
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const documented = [
      ...rowsAfter('## Who may do what'),
      ...rowsAfter('Signed by any key'),
      ...rowsAfter('Public, without signature'),
    ]

    expect(documented.map(([route]) => route?.replaceAll(/[:*](\w+)/g, '{$1}')).toSorted()).toEqual(
      described.toSorted(),
    )
  })

  it('has a row for every problem, with its status', () => {
    const documented = Object.fromEntries(
      rowsAfter('## Problems').map(([code, status]) => [code, Number(status)]),
    )

    expect(documented).toEqual(PROBLEM_STATUS)
  })

  it('has a row for every refusal, with its status at a service provider', () => {
    const documented = rowsAfter('## Refusals').map(
      ([code, status]) => `${code} ${Number.parseInt(status ?? '', 10)}`,
    )
    const refusals = REFUSAL_CODES.map((code) => {
      const refusal = { code, authenticated: false, retryable: false }
      return `${code} ${problemOf(refusal, 'https://mail.example').status}`
    })

    expect(documented).toEqual(refusals)
  })

  it('has a row for every thrown code', () => {
    const source = readFileSync(new URL('../../src/errors.ts', import.meta.url), 'utf8')
    const codes = [...source.matchAll(/^ {2}\| '(ERR_PROCURA_\w+)'$/gm)].map(
      ([, code]) => code as ProcuraErrorCode,
    )

    expect(codes.length).toBeGreaterThan(10)
    expect(rowsAfter('## Thrown errors').map(([code]) => code)).toEqual(codes)
  })

  it('states the limits that the code has', () => {
    expect(page).toContain(`at most ${MAX_BODY_BYTES / 1024} KiB`)
    expect(page).toContain(`beyond ${MAX_HEADER_BYTES / 1024} KiB`)
    const limits = [REQUESTS_PER_MINUTE, UNSIGNED_PER_MINUTE, WRITES_PER_PRINCIPAL, WRITES_PER_TENANT]
    expect(rowsAfter('- Limits, each within').map((row) => row.at(-1))).toEqual(
      limits.map((limit) => limit.toLocaleString('en')),
    )
  })
})
