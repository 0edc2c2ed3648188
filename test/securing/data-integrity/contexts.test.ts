import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { encodeJcs } from '../../../src/core/jcs.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../../src/core/json.ts'
import { canonicalizeRdf } from '../../../src/securing/data-integrity/canonicalize-rdf.ts'
import { CONTEXTS } from '../../../src/securing/data-integrity/contexts.ts'
import { PROCURA_CONTEXT_TEXT } from '../../../src/securing/data-integrity/procura-context.ts'
import { agentJson, helperJson, leaseJson, ownerJson, runJson } from '../../helpers/credentials.ts'
import { acceptedValue, outcomeOf } from '../../helpers/signers.ts'

const FILE = readFileSync(new URL('../../../contexts/delegation-v1.jsonld', import.meta.url), 'utf8')
const README = readFileSync(new URL('../../../contexts/README.md', import.meta.url), 'utf8')

describe('the context of Procura', () => {
  it('has the bytes that were published, in the file and in the module for runtimes without files', () => {
    const digest = createHash('sha256').update(FILE).digest('hex')

    expect(digest).toBe('bc280720c4fd934e1fd396b9354081241a265abfa006bb03bee1fa101ed16c7b')
    expect(README).toContain(digest)
    expect(PROCURA_CONTEXT_TEXT).toBe(FILE)
  })
})

describe('the contexts', () => {
  it('have the content that contexts/README.md says, and are all that it lists', () => {
    const rows = [...README.matchAll(/^\| `(https:[^`]+)` \|.*\| `([0-9a-f]{64})` \|$/gm)]
    const digests = [...CONTEXTS].map(([url, content]) => [
      url,
      createHash('sha256').update(encodeJcs(content)).digest('hex'),
    ])

    expect(Object.fromEntries(digests)).toEqual(
      Object.fromEntries(rows.map(([, url, digest]) => [url, digest])),
    )
    expect(CONTEXTS.size).toBe(8)
  })
})

const LITERALS = ['authorizationDetails', 'statusLease', 'lineage', 'status']
const GRANT = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }

/** Every credential of a chain, with every member that it can have. */
const DOCUMENTS: readonly (readonly [string, JsonObject])[] = [
  ['link 0', ownerJson({ custody: 'owner', statusLease: [leaseJson(1, 2)] })],
  ['link 0 of somebody with a short id', ownerJson({ accountable: 'emp<4711>' })],
  ['link 1', agentJson()],
  ['link 1 that inherits', agentJson({ authorizationDetails: undefined, inherit: true })],
  ['a run', runJson()],
  ['a sub-agent', helperJson()],
]

/** The document without one member, for every member at every level that is not inside a JSON literal. */
function* omissions(document: JsonObject): Generator<readonly [string, JsonObject]> {
  for (const [name, value] of Object.entries(document)) {
    if (name === '@context') continue
    const { [name]: _, ...rest } = document
    yield [name, rest]
    if (LITERALS.includes(name)) continue
    for (const [path, changed] of omissionsIn(value))
      yield [`${name}.${path}`, { ...document, [name]: changed }]
  }
}

function* omissionsIn(value: Json | undefined): Generator<readonly [string, Json]> {
  if (isJsonObject(value)) yield* omissions(value)
  if (!isJsonArray(value)) return
  for (const [i, item] of value.entries())
    for (const [path, changed] of omissionsIn(item)) yield [`${i}.${path}`, value.with(i, changed)]
}

describe.each(DOCUMENTS)('the canonical form of %s', (_, document) => {
  it('says everything that the JSON says: it changes when any member is left out [CP-12]', async () => {
    const whole = acceptedValue(await canonicalizeRdf(document))

    const silent: string[] = []
    for (const [path, rest] of omissions(document)) {
      const quads = await canonicalizeRdf(rest)
      if (quads.verified && quads.value === whole) silent.push(path)
    }
    expect(silent).toEqual([])
    expect(whole.split('\n').length).toBeGreaterThan(Object.keys(document).length)
  })

  it('keeps grants, leases, lineage and status as JSON', async () => {
    const quads = acceptedValue(await canonicalizeRdf(document))
    const subject = document.credentialSubject as JsonObject
    const literals = LITERALS.filter((name) => name in subject)

    for (const name of literals)
      expect(quads).toMatch(new RegExp(`procura/v1#${name}> "[^\\n]*"\\^\\^<[^>]*rdf-syntax-ns#JSON> .`))
    expect(quads.split('rdf-syntax-ns#JSON>').length - 1).toBe(literals.length)
  })
})

describe('a term that no context defines', () => {
  it.each<[string, JsonObject]>([
    ['of the credential', ownerJson({}, { scope: 'all' })],
    ['of the subject', ownerJson({ scope: 'all' })],
    ['of the parent', runJson({ parent: { id: 'urn:uuid:1', digest: 'z1', scope: 'all' } })],
    ['that is a prototype member', JSON.parse('{"__proto__":{"a":1},"type":"VerifiableCredential"}')],
    ['that is a relative address', ownerJson({ revokers: ['revoker'] })],
  ])('refuses the document instead of being dropped: %s [CP-12]', async (_, document) => {
    expect(outcomeOf(await canonicalizeRdf(ownerJson()))).toBe('accepted')
    expect(outcomeOf(await canonicalizeRdf(document))).toBe('malformed document')
  })

  it('is no matter inside a grant, which is JSON', async () => {
    const document = ownerJson({ authorizationDetails: [{ ...GRANT, type: 'other', scope: 'all' }] })

    expect(acceptedValue(await canonicalizeRdf(document))).toContain('scope')
  })
})
