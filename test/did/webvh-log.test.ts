import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sha256 } from '#crypto'
import { encodeBase58 } from '../../src/core/base58.ts'
import { concatBytes } from '../../src/core/bytes.ts'
import { encodeJcs } from '../../src/core/jcs.ts'
import { MAX_WEBVH_ENTRIES, parseWebvhLog } from '../../src/did/webvh-log.ts'

const NOW = Date.UTC(2026, 10, 22)
const KEY = 'z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG'
const PROOF = {
  type: 'DataIntegrityProof',
  cryptosuite: 'eddsa-jcs-2022',
  verificationMethod: `did:key:${KEY}#${KEY}`,
  proofPurpose: 'assertionMethod',
  proofValue: 'z1',
}

interface Draft {
  readonly versionTime?: string
  readonly parameters?: object
  readonly state?: object
  readonly proof?: unknown
  readonly more?: object
}

const digestOf = (value: object) =>
  encodeBase58(concatBytes(Uint8Array.of(0x12, 32), sha256(encodeJcs(value))))

/** A log whose digests are right, whatever its entries say; `{SCID}` in them becomes the SCID. */
function logOf(...drafts: readonly Draft[]): { scid: string; text: string } {
  const bodies = drafts.map(({ versionTime, parameters, state, more }, i) => ({
    versionTime: versionTime ?? `2026-01-0${i + 1}T00:00:00Z`,
    parameters: parameters ?? (i === 0 ? { method: 'did:webvh:1.0', scid: '{SCID}', updateKeys: [KEY] } : {}),
    state: state ?? { id: 'did:webvh:{SCID}:id.example' },
    ...more,
  }))
  const scid = digestOf({ ...bodies[0], versionId: '{SCID}' })
  let before = scid
  const lines = bodies.map((body, i) => {
    const real = JSON.parse(JSON.stringify(body).replaceAll('{SCID}', scid)) as object
    before = `${i + 1}-${digestOf({ ...real, versionId: before })}`
    return JSON.stringify({ ...real, versionId: before, proof: drafts[i]?.proof ?? [PROOF] })
  })
  return { scid, text: `${lines.join('\n')}\n` }
}

const read = ({ scid, text }: { scid: string; text: string }) => parseWebvhLog(text, scid, NOW)

describe('parseWebvhLog', () => {
  it('reads a log and its last document', () => {
    const log = logOf({}, { state: { id: 'did:webvh:{SCID}:id.example', alsoKnownAs: [] } })

    expect(read(log)).toMatchObject({
      state: { id: `did:webvh:${log.scid}:id.example`, alsoKnownAs: [] },
      isWitnessed: false,
      isDeactivated: false,
    })
    expect(read(log)?.entries).toHaveLength(2)
  })

  it('reads a log without a final line feed, and the method named again', () => {
    const log = logOf({}, { parameters: { method: 'did:webvh:1.0' } })

    expect(read({ ...log, text: log.text.trimEnd() })).toBeDefined()
  })

  it('says that witnesses are needed, and that the DID has ended, in whatever entry', () => {
    const first = {
      method: 'did:webvh:1.0',
      scid: '{SCID}',
      witness: { threshold: 1, witnesses: [{ id: 'x' }] },
    }

    expect(read(logOf({ parameters: first }, { parameters: { witness: {} } }))).toMatchObject({
      isWitnessed: true,
    })
    expect(read(logOf({}, { parameters: { deactivated: true } }, {}))).toMatchObject({ isDeactivated: true })
  })

  it.each<[what: string, drafts: readonly Draft[]]>([
    ['another version of the method', [{ parameters: { method: 'did:webvh:0.5', scid: '{SCID}' } }]],
    ['no method', [{ parameters: { scid: '{SCID}' } }]],
    ['another SCID in the parameters', [{ parameters: { method: 'did:webvh:1.0', scid: 'QmOther' } }]],
    ['a SCID again', [{}, { parameters: { scid: '{SCID}' } }]],
    ['a downgrade later', [{}, { parameters: { method: 'did:webvh:0.5' } }]],
    ['an unknown parameter', [{}, { parameters: { ttl: 60 } }]],
    ['an unknown member', [{ more: { extra: 1 } }]],
    ['parameters that are no object', [{ parameters: [] }]],
    ['a document of another SCID', [{}, { state: { id: 'did:webvh:QmOther:id.example' } }]],
    ['a document of another method', [{}, { state: { id: 'did:web:id.example' } }]],
    ['a document without id', [{}, { state: {} }]],
    ['a document that is none', [{}, { state: [] }]],
    ['no proof', [{ proof: [] }]],
    ['a proof that is none', [{ proof: ['x'] }]],
    ['a proof that is no list', [{ proof: PROOF }]],
    ['another cryptosuite', [{ proof: [{ ...PROOF, cryptosuite: 'eddsa-rdfc-2022' }] }]],
    ['another purpose', [{ proof: [{ ...PROOF, proofPurpose: 'authentication' }] }]],
    ['another type', [{ proof: [PROOF, { ...PROOF, type: 'Ed25519Signature2020' }] }]],
    [
      'two keys in one name',
      [{ proof: [{ ...PROOF, verificationMethod: `did:key:${KEY}#${KEY.replace('6', '7')}` }] }],
    ],
    ['a key that is no did:key', [{ proof: [{ ...PROOF, verificationMethod: 'did:web:id.example#1' }] }]],
    ['a time that is none', [{ versionTime: 'yesterday' }]],
    ['a time that stands still', [{}, { versionTime: '2026-01-01T00:00:00Z' }]],
    ['a time that goes back', [{}, { versionTime: '2025-01-01T00:00:00Z' }]],
    ['a time to come', [{ versionTime: '2026-11-22T00:00:31Z' }]],
  ])('refuses %s', (_what, drafts) => {
    expect(read(logOf(...drafts))).toBeUndefined()
  })

  it('refuses another DID, an entry that was changed, left out or put in another place', () => {
    const log = logOf({}, {}, {})
    const [first = '', second = '', third = ''] = log.text.trimEnd().split('\n')
    const changed = (lines: readonly string[]) => parseWebvhLog(lines.join('\n'), log.scid, NOW)

    expect(changed([first, second, third])).toBeDefined()
    expect(parseWebvhLog(log.text, 'QmOther', NOW)).toBeUndefined()
    expect(changed([first.replace('updateKeys', 'nextKeyHashes'), second, third])).toBeUndefined()
    expect(changed([first, third])).toBeUndefined()
    expect(changed([second, third])).toBeUndefined()
    expect(changed([second, first, third])).toBeUndefined()
    expect(changed([first.replace('"1-', '"01-'), second, third])).toBeUndefined()
  })

  it('refuses what is no log of strict JSON lines', () => {
    const { scid, text } = logOf({})

    for (const bad of [
      '',
      '\n',
      'null',
      '{}',
      `${text}\n`,
      text.replace('{', '{"versionId":"x",'),
      `[${text.trim()}]`,
    ]) {
      expect(parseWebvhLog(bad, scid, NOW), bad).toBeUndefined()
    }
  })

  it('answers any text, and any change of a log, without throwing', () => {
    const { scid, text } = logOf({}, {})
    fc.assert(
      fc.property(
        fc.nat(text.length),
        fc.nat(20),
        fc.string({ unit: 'binary', maxLength: 9 }),
        (at, cut, more) => {
          const changed = text.slice(0, at) + more + text.slice(at + cut)

          expect(() => parseWebvhLog(changed, scid, NOW)).not.toThrow()
          expect(parseWebvhLog(more, scid, NOW)).toBeUndefined()
        },
      ),
    )
  })

  it('reads a bounded number of entries', () => {
    const many = Array.from({ length: MAX_WEBVH_ENTRIES + 1 }, (_, i) => ({
      versionTime: new Date(Date.UTC(2020, 0, 1) + i * 1000).toISOString().replace('.000', ''),
    }))

    expect(read(logOf(...many))).toBeUndefined()
    expect(read(logOf(...many.slice(1)))?.entries).toHaveLength(MAX_WEBVH_ENTRIES)
  })
})
