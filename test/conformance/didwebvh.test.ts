import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest'
import { fetchDidWebvh } from '../../src/did/fetch-did-webvh.ts'
import type { Did } from '../../src/model/did.ts'
import { outcomeOf } from '../helpers/signers.ts'
import { listVectors, readVectors } from '../helpers/vectors.ts'
import { SOURCES } from './sources.ts'

const CASES = SOURCES.didwebvh.cases

/** Long after the last of the logs, and before those that come from the future. */
const NOW = Date.UTC(2026, 10, 22)

// The package writes logs into the project's folder when it believes that it is being tested itself.
beforeAll(() => void vi.stubEnv('NODE_ENV', 'production'))
afterAll(() => void vi.unstubAllEnvs())

interface Vector {
  readonly name: string
  readonly log: string
  readonly witnesses: string | undefined
}

function scenarios(ctx: TestContext, isNegative: boolean): string[] {
  const names = listVectors(ctx, 'didwebvh').filter((name) => !name.includes('.'))
  return names.filter((name) => name.startsWith('negative-') === isNegative).sort()
}

/**
 * Refused although they are meant to resolve: didwebvh-ts wants the witnesses of the version before *and* after an
 * entry that changes them, and witnesses that are DIDs.
 */
const NOT_SUPPORTED = [
  'witness-threshold/rust',
  'witness-update/java',
  'witness-update/java-eecc',
  'witness-update/python',
  'witness-update/rust',
  'witness-update/ts',
]

/** What each implementation wrote for a scenario. */
function vectorsOf(ctx: TestContext, scenario: string): Vector[] {
  return listVectors(ctx, `didwebvh/${scenario}`)
    .filter((name) => !name.includes('.'))
    .sort()
    .map((implementation) => {
      const name = `${scenario}/${implementation}`
      const files = listVectors(ctx, `didwebvh/${name}`)
      const witnesses = files.includes('did-witness.json')
        ? readVectors(ctx, `didwebvh/${name}/did-witness.json`)
        : undefined
      return { name, log: readVectors(ctx, `didwebvh/${name}/did.jsonl`), witnesses }
    })
}

const linesOf = ({ log }: Vector) => log.trim().split('\n')
/** The DID of an entry's document, and the one that the SCID of its parameters would make. */
const didsOf = (line: string): Did[] => {
  const { parameters, state } = JSON.parse(line) as { parameters: { scid?: string }; state: { id: Did } }
  const { scid } = parameters
  return scid === undefined ? [state.id] : [state.id, `did:webvh:${scid}:${state.id.split(':')[3]}`]
}
const didOf = (line: string): Did => (JSON.parse(line) as { state: { id: Did } }).state.id

/** Resolves against a host that serves these files, and counts what is asked of it. */
async function resolve(did: Did, files: { readonly log: string; readonly witnesses?: string | undefined }) {
  const asked: string[] = []
  const outcome = await fetchDidWebvh(did, {
    clock: () => NOW,
    configuredHosts: new Set(),
    fetch: async (input) => {
      asked.push(String(input))
      if (String(input).endsWith('/did.jsonl'))
        return new Response(files.log, { headers: { 'content-type': 'text/jsonl' } })
      return new Response(files.witnesses ?? '[]', { headers: { 'content-type': 'application/json' } })
    },
  })
  return { outcome, asked }
}

interface Expected {
  readonly didDocument: {
    readonly id: string
    readonly authentication?: readonly string[]
    readonly assertionMethod?: readonly string[]
  } | null
  readonly didDocumentMetadata: { readonly deactivated?: boolean }
}

describe('did:webvh and the logs of five implementations', () => {
  it('resolves each log, at every version that has a result, to the document that is expected', async (ctx) => {
    const counts = { resolved: 0, ended: 0, notSupported: 0 }
    for (const vector of scenarios(ctx, false).flatMap((scenario) => vectorsOf(ctx, scenario))) {
      const lines = linesOf(vector)
      for (const version of lines.keys()) {
        const file = `didwebvh/${vector.name}/resolutionResult${version === lines.length - 1 ? '' : `.${version + 1}`}.json`
        if (!existsOf(ctx, file)) continue
        const log = `${lines.slice(0, version + 1).join('\n')}\n`
        const { outcome } = await resolve(didOf(lines[version] ?? ''), { ...vector, log })
        const { didDocument, didDocumentMetadata } = JSON.parse(readVectors(ctx, file)) as Expected
        if (NOT_SUPPORTED.includes(vector.name)) {
          expect(outcomeOf(outcome), vector.name).toBe('did_unresolvable proof')
          counts.notSupported += 1
          continue
        }
        if (didDocumentMetadata.deactivated === true) {
          expect(outcomeOf(outcome), vector.name).toBe('did_unresolvable deactivated')
          counts.ended += 1
          continue
        }
        expect(outcome, vector.name).toMatchObject({
          verified: true,
          value: {
            id: didDocument?.id,
            authentication: absolute(didDocument?.authentication, didDocument?.id),
            assertionMethod: absolute(didDocument?.assertionMethod, didDocument?.id),
          },
        })
        counts.resolved += 1
      }
    }

    expect(counts).toEqual({ resolved: CASES.resolved, ended: CASES.ended, notSupported: 6 })
  })

  it('refuses every log once one character of any proof is another', async (ctx) => {
    let tampered = 0
    for (const vector of scenarios(ctx, false).flatMap((scenario) => vectorsOf(ctx, scenario))) {
      const lines = linesOf(vector)
      if (NOT_SUPPORTED.includes(vector.name)) continue
      for (const [at, line] of lines.entries()) {
        const changed = line.replace(
          /("proofValue": ?"z)(.)/,
          (_, name, first) => `${name}${first === '2' ? '3' : '2'}`,
        )
        const log = lines.with(at, changed).join('\n')
        const { outcome } = await resolve(didOf(lines.at(-1) ?? ''), { ...vector, log })

        expect(outcomeOf(outcome), `${vector.name} ${at}`).toBe('did_unresolvable proof')
        tampered += 1
      }
    }

    expect(tampered).toBe(CASES.tampered)
  })
})

describe('did:webvh and the logs and DIDs that must be refused', () => {
  it('refuses each of them, whichever DID of the log is asked for', async (ctx) => {
    const outcomes: Record<string, string> = {}
    for (const vector of scenarios(ctx, true).flatMap((scenario) => vectorsOf(ctx, scenario))) {
      const dids = [...new Set(linesOf(vector).filter(Boolean).flatMap(didsOf))]
      for (const did of dids) {
        const { outcome } = await resolve(did, vector)
        expect(outcome.verified, vector.name).toBe(false)
        outcomes[vector.name] = outcomeOf(outcome)
      }
    }

    expect(Object.keys(outcomes)).toHaveLength(CASES.hostileLogs)
    expect(outcomes).toEqual({
      'negative-cross-did-witness-replay/ts': 'did_unresolvable proof',
      'negative-did-key-body-fragment-mismatch/ts': 'did_unresolvable log',
      'negative-duplicate-witness-ids/ts': 'did_unresolvable proof',
      'negative-portable-scid-swap/ts': 'did_unresolvable did',
      'negative-pre-rotation-omit-updatekeys/ts': 'did_unresolvable proof',
      'negative-scid-mismatch-genesis/ts': 'did_unresolvable log',
      'negative-unknown-method-version/ts': 'did_unresolvable log',
      'negative-versiontime-future/ts': 'did_unresolvable log',
      'negative-versiontime-non-monotonic/ts': 'did_unresolvable log',
      'negative-wrong-cryptosuite/ts': 'did_unresolvable log',
      'negative-zero-witness-threshold/ts': 'did_unresolvable proof',
    })
  })

  it('asks nobody for a DID that leads elsewhere', async (ctx) => {
    let refused = 0
    for (const scenario of scenarios(ctx, true)) {
      const script = readVectors(ctx, `didwebvh/${scenario}/script.yaml`)
      for (const [, did = ''] of script.matchAll(/^\s+did: "(did:webvh:[^"]+)"$/gm)) {
        const { outcome, asked } = await resolve(did as Did, { log: '' })

        expect([outcomeOf(outcome), asked], did).toEqual(['did_unresolvable did', []])
        refused += 1
      }
    }

    expect(refused).toBe(CASES.hostileDids)
  })
})

function existsOf(ctx: TestContext, file: string): boolean {
  const [folder, name] = [file.slice(0, file.lastIndexOf('/')), file.slice(file.lastIndexOf('/') + 1)]
  return listVectors(ctx, folder).includes(name)
}

function absolute(ids: readonly string[] | undefined, did: string | undefined): string[] {
  return (ids ?? []).map((id) => (id.startsWith('#') ? `${did}${id}` : id))
}
