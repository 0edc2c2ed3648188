import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeUtf8 } from '../../src/core/bytes.ts'
import { encodeJcs } from '../../src/core/jcs.ts'
import { isJsonObject, type Json, type JsonObject, parseStrictJson } from '../../src/core/json.ts'
import { credentialToJson } from '../../src/model/build-credential.ts'
import { parseCredential } from '../../src/model/parse-credential.ts'
import { REFUSAL_CODES } from '../../src/refusal.ts'
import { anyAgentCredential, anyDerivedCredential, anyOwnerCredential } from '../helpers/arbitraries.ts'
import { agentJson, leaseJson, ownerJson, runJson } from '../helpers/credentials.ts'

const CONSTRAINTS = [
  {
    kind: 'range',
    on: 'amount.value',
    min: '1',
    max: '50.00',
    currency: 'EUR',
    currencyOn: 'amount.currency',
  },
  { kind: 'one_of', on: 'payee', values: ['acct-1', 7, true] },
  { kind: 'time', days: [1, 2], from: '09:00', to: '17:00', zone: 'Europe/Berlin' },
  { kind: 'cidr', values: ['203.0.113.0/24'] },
]
const GRANT = {
  type: 'api',
  locations: ['https://mail.example/inbox'],
  actions: ['mail.read'],
  identifiers: ['inbox/'],
  constraints: CONSTRAINTS,
}

/** Credentials with every member that they can have. */
const FULL = {
  owner: ownerJson({
    custody: 'owner',
    statusLease: [leaseJson(5)],
    authorizationDetails: [{ ...GRANT, inheritable: true }],
  }),
  agent: agentJson({ authorizationDetails: [GRANT] }),
  run: runJson({ authorizationDetails: [GRANT] }),
}

describe.each([
  ['an OwnerCredential', anyOwnerCredential],
  ['the delegation to an agent', anyAgentCredential],
  ['the delegation to a run', anyDerivedCredential],
])('%s', (_, arbitrary) => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(arbitrary, (credential) => {
        expect(parseCredential(credentialToJson(credential))).toEqual({ verified: true, value: credential })
      }),
    )
  })

  it('is read back also through strict JSON and through JCS', () => {
    fc.assert(
      fc.property(arbitrary, (credential) => {
        const json = credentialToJson(credential)

        for (const text of [JSON.stringify(json), decodeUtf8(encodeJcs(json)) ?? ''])
          expect(parseCredential(parseStrictJson(text) ?? null)).toEqual({
            verified: true,
            value: credential,
          })
      }),
    )
  })

  it('is written with its members in one order, however it was put together', () => {
    fc.assert(
      fc.property(arbitrary, (credential) => {
        const shuffled = Object.fromEntries(
          Object.entries(credential).reverse(),
        ) as unknown as typeof credential

        expect(JSON.stringify(credentialToJson(shuffled))).toBe(JSON.stringify(credentialToJson(credential)))
      }),
    )
  })
})

type Path = readonly (string | number)[]

/** Every object and list within a document, with the way there. */
function containers(json: Json, path: Path = []): readonly Path[] {
  if (typeof json !== 'object' || json === null) return []
  const entries = Object.entries(json) as [string, Json][]
  return [path, ...entries.flatMap(([name, value]) => containers(value, [...path, name]))]
}

/** A copy of a document in which the value at a path went through `change`. */
function edit(json: JsonObject, path: Path, change: (value: never) => unknown): JsonObject {
  const copy = structuredClone(json) as Record<string | number, never>
  if (path.length === 0) return change(copy as never) as JsonObject
  const parent = path
    .slice(0, -1)
    .reduce((value: Record<string | number, never>, step) => value[step] as never, copy)
  const last = path.at(-1) ?? ''
  parent[last] = change(parent[last] as never) as never
  return copy as unknown as JsonObject
}

const ADDED = ['extra', '@id', '@type', '@context', 'proof', '__proto__', 'id']
const OTHERS: readonly unknown[] = [
  null,
  true,
  false,
  0,
  1.5,
  -1,
  '',
  ' ',
  '*',
  'x\u0000',
  [],
  [[]],
  {},
  { a: 1 },
]

/** Members that may be absent; all others are required. */
const OPTIONAL = [
  'team',
  'revokers',
  'statusLease',
  'identifiers',
  'constraints',
  'inheritable',
  'min',
  'max',
  'name',
  'software',
  'maxDepth',
  'allowStatusless',
  'purpose',
  'lineage',
  'rootTask',
  'parentRun',
  'run',
  'credentialStatus',
]

/** What other values a member may have; a list says which lengths. */
const HARMLESS: readonly (readonly [member: string, isHarmless: (value: unknown) => boolean])[] = [
  ['allowStatusless', (value) => typeof value === 'boolean'],
  ['inheritable', (value) => typeof value === 'boolean'],
  ['maxDepth', (value) => value === 0],
  ['identifiers', (value) => Array.isArray(value) && value.length === 0],
  ['constraints', (value) => Array.isArray(value) && value.length === 0],
  ['authorizationDetails', (value) => Array.isArray(value) && value.length === 0],
  ['lineage', (value) => JSON.stringify(value) === '{}'],
  ['rootTask', isNameText],
  ['parentRun', isNameText],
  ['run', isNameText],
  ['name', isNameText],
  ['version', isNameText],
  ['team', isNameText],
  ['purpose', isNameText],
  ['agentId', (value) => value === '*'],
  ['tenant', (value) => value === '*'],
  ['environment', (value) => value === '*'],
  ['accountable', (value) => value === '*'],
  ['assurance', (value) => value === '*'],
  ['type', (value) => value === '*'],
  ['kind', (value) => value === '*'],
  ['on', isNameText],
  ['currencyOn', isNameText],
]

function isNameText(value: unknown): boolean {
  return value === ' ' || value === '*'
}

describe.each(Object.entries(FULL))('%s with one member changed', (kind, whole) => {
  const objects = containers(whole).filter((path) => isJsonObject(at(whole, path)))

  function at(json: Json, path: Path): Json {
    return path.reduce<Json>((value, step) => (value as never)[step], json)
  }

  it('is a control: it is accepted as it is', () => {
    expect(parseCredential(whole)).toMatchObject({ verified: true })
    expect(objects.length).toBeGreaterThan(8)
  })

  it('is refused with any other member at any level', () => {
    for (const path of objects)
      for (const name of ADDED.filter((one) => !Object.hasOwn(at(whole, path) as object, one))) {
        const json = edit(whole, path, (value) =>
          JSON.parse(`{"${name}":1,${JSON.stringify(value).slice(1)}`),
        )

        expect(parseCredential(json), `${path.join('.')} + ${name}`).toMatchObject({
          refusal: { code: 'malformed' },
        })
      }
  })

  it('is refused without any member that is required', () => {
    for (const path of objects)
      for (const name of Object.keys(at(whole, path) as object).filter((one) => !isOptional(one, path))) {
        const json = edit(whole, path, ({ [name]: _, ...rest }: Record<string, unknown>) => rest)

        expect(parseCredential(json), `${path.join('.')} - ${name}`).toMatchObject({ verified: false })
      }
  })

  it('is accepted without any member that is not', () => {
    for (const path of objects)
      for (const name of Object.keys(at(whole, path) as object).filter((one) => isOptional(one, path))) {
        const json = edit(whole, path, ({ [name]: _, ...rest }: Record<string, unknown>) => rest)

        expect(parseCredential(json), `${path.join('.')} - ${name}`).toMatchObject({ verified: true })
      }
  })

  /** Whether a name is optional where it stands: a name of `software` is not, a purpose of an agent neither. */
  function isOptional(name: string, path: Path): boolean {
    if (name === 'name') return path.at(-1) === 'credentialSubject'
    if (name === 'purpose' || name === 'credentialStatus') return kind === 'run'
    return OPTIONAL.includes(name)
  }

  it('is refused with a value of another type or form, but for those listed as harmless', () => {
    for (const path of objects)
      for (const name of Object.keys(at(whole, path) as object))
        for (const other of OTHERS) {
          const json = edit(whole, [...path, name], () => other)
          const harmless = HARMLESS.some(([member, isHarmless]) => member === name && isHarmless(other))
          const verdict = parseCredential(json)

          expect(verdict.verified && !harmless, `${path.join('.')}.${name} = ${JSON.stringify(other)}`).toBe(
            false,
          )
        }
  })

  it('is refused with an item of another type in any list', () => {
    for (const path of containers(whole).filter((one) => Array.isArray(at(whole, one))))
      for (const other of [null, {}, [], 1.5, '\u0000']) {
        const json = edit(whole, path, (items: unknown[]) => [...items, other])

        expect(parseCredential(json), `${path.join('.')} + ${JSON.stringify(other)}`).toMatchObject({
          verified: false,
        })
      }
  })
})

it('no document makes the parser throw, and every refusal is a known code', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.gen().map(mutant)), (json) => {
      const verdict = parseCredential(json as Json)

      if (!verdict.verified) expect(REFUSAL_CODES).toContain(verdict.refusal.code)
    }),
    { numRuns: 500 },
  )
})

/** A valid credential in which one place holds any JSON. */
function mutant(draw: fc.GeneratorValue): JsonObject {
  const whole = draw(() => fc.constantFrom(...Object.values(FULL)))
  const path = draw(() => fc.constantFrom(...containers(whole).slice(1)))
  return edit(whole, path, () => draw(fc.jsonValue))
}
