import { Bitstring } from '@digitalbazaar/bitstring'
import { encodeBase64url } from '../../../src/core/base64url.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { RefusalCode } from '../../../src/refusal.ts'
import { bitsDigest, STATUS_LIST_ENTRIES } from '../../../src/status/bitstring.ts'
import { HEAD_TYP, headDigest } from '../../../src/status/head.ts'
import { encodeLeafTable, type Leaf, leafTableRoot } from '../../../src/status/leaf-table.ts'
import {
  BASE,
  bitsWith,
  DIGEST,
  issuer,
  mallory,
  NOW,
  R7,
  S7,
  signHead,
  signPayload,
} from '../../status/fixtures.ts'
import type { ExpectedRefusal, VectorFile, VectorStep } from '../format.ts'
import { Theme } from './theme.ts'

/** An `encodedList` and what it must decode to: exactly these entries set, or a refusal. */
interface BitstringVector {
  readonly name: string
  readonly encodedList: string
  readonly expected:
    | { readonly entries: number; readonly set: readonly number[]; readonly digest: string }
    | RefusalCode
}

/** A list as fetched from `url`, read at `now` (ms) by someone who trusts `statusIssuer`. */
interface ListVector {
  readonly name: string
  readonly url: string
  readonly purpose: 'revocation' | 'suspension'
  readonly statusIssuer: string
  readonly now: number
  readonly token: string
  readonly expected:
    | { readonly version: number; readonly validUntil: number; readonly set: readonly number[] }
    | RefusalCode
}

/** A head presented to someone who holds another, or none. */
interface HeadVector {
  readonly name: string
  readonly statusIssuer: string
  readonly now: number
  readonly held?: string
  readonly token: string
  readonly expected: { readonly seq: number; readonly digest: string } | RefusalCode
}

/** A leaf table under the root of a head. */
interface LeafTableVector {
  readonly name: string
  readonly table: string
  readonly root: string
  readonly expected: readonly Leaf[] | RefusalCode
}

/**
 * Makes the golden vectors. The same in every run and on every platform: keys are fixed, Ed25519 is deterministic,
 * and lists are compressed by a third-party implementation in plain JavaScript.
 */
export async function statusArtifacts(): Promise<VectorFile> {
  const about = 'Bitstrings, lists, heads and leaf tables, each by itself.'
  const theme = new Theme('status-artifacts', about, { at: timeOf(NOW) })
  for (const { name, expected, encodedList } of await bitstringVectors()) {
    add(theme, 'bitstring', name, { do: 'bitstring', encodedList }, expected, undefined)
  }
  for (const { name, expected, now, ...list } of await listVectors()) {
    const says =
      typeof expected === 'string'
        ? expected
        : { ...expected, version: timeOf(expected.version), validUntil: timeOf(expected.validUntil) }
    add(theme, 'list', name, { do: 'list', ...list }, says, now)
  }
  for (const { name, expected, now, ...head } of await headVectors()) {
    add(theme, 'head', name, { do: 'head', ...head }, expected, now)
  }
  for (const { name, expected, ...table } of leafTableVectors()) {
    const says = typeof expected === 'string' ? expected : { leaves: expected }
    add(theme, 'leaf-table', name, { do: 'leaf_table', ...table }, says, undefined)
  }
  return theme.file
}

/** What each kind is controlled by: its plainest one. */
const CONTROLS: Readonly<Record<string, string>> = {
  bitstring: 'bitstring-a-few-entries-are-set',
  list: 'list-a-revocation-list',
  head: 'head-the-next-head',
  'leaf-table': 'leaf-table-a-pair-and-a-retired-list',
}

function add(
  theme: Theme,
  kind: string,
  title: string,
  step: VectorStep,
  expected: object | RefusalCode,
  now: number | undefined,
): void {
  const name = `${kind}-${title.replaceAll(/[^A-Za-z0-9]+/g, '-').toLowerCase()}`
  const extra = now === undefined || now === NOW ? {} : { at: timeOf(now) }
  if (typeof expected !== 'string') theme.accept(name, title, step, { ...extra, says: { ...expected } })
  else theme.refuse(name, CONTROLS[kind] ?? '', title, refused(expected), step, extra)
}

function refused(code: RefusalCode): ExpectedRefusal {
  return { verified: false, code }
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}

const LAST = STATUS_LIST_ENTRIES - 1

async function compress(bits: Uint8Array): Promise<string> {
  return new Bitstring({ buffer: new Uint8Array(bits) }).encodeBits()
}

async function encode(bits: Uint8Array): Promise<string> {
  return `u${await compress(bits)}`
}

/** The same bits in the order of an IETF Token Status List: least significant first. */
function leastSignificantFirst(bits: Uint8Array): Uint8Array {
  return bits.map((byte) =>
    Number.parseInt(byte.toString(2).padStart(8, '0').split('').reverse().join(''), 2),
  )
}

async function bitstringVectors(): Promise<readonly BitstringVector[]> {
  const good = async (name: string, set: readonly number[], entries = STATUS_LIST_ENTRIES) => {
    const bits = new Uint8Array(entries / 8)
    for (const index of set) bits[index >> 3] = (bits[index >> 3] ?? 0) | (0x80 >> (index & 7))
    return { name, encodedList: await encode(bits), expected: { entries, set, digest: bitsDigest(bits) } }
  }
  const text = await compress(bitsWith(3))
  const bad = (name: string, encodedList: string): BitstringVector => ({
    name,
    encodedList,
    expected: 'status_invalid',
  })
  const reversed = leastSignificantFirst(bitsWith(0, 9))
  return [
    await good('no entry is set', []),
    await good('the first entry is set', [0]),
    await good('the last entry is set', [LAST]),
    await good('entries on both sides of byte boundaries are set', [7, 8, 15, 16]),
    await good('a few entries are set', [3, 9113, 70_022, 94_567]),
    await good(
      'every thousandth entry is set',
      Array.from({ length: 132 }, (_, i) => i * 1000),
    ),
    await good('a longer list', [STATUS_LIST_ENTRIES, 2 * LAST], 2 * STATUS_LIST_ENTRIES),
    {
      name: 'entries 0 and 9 written least significant bit first are entries 7 and 14',
      encodedList: await encode(reversed),
      expected: { entries: STATUS_LIST_ENTRIES, set: [7, 14], digest: bitsDigest(reversed) },
    },
    bad('no multibase prefix', text),
    bad('multibase prefix z', `z${text}`),
    bad('multibase prefix m', `m${text}`),
    bad('multibase prefix U', `U${text}`),
    bad('padding', `u${text}${'='.repeat((4 - (text.length % 4)) % 4 || 4)}`),
    bad('white space', `u${text}\n`),
    bad('the alphabet of base64', `u${text.replace(/[-_]/, '+').replace(/^(.{10})./, '$1/')}`),
    bad('nothing', ''),
    bad('the prefix alone', 'u'),
    bad('no gzip', `u${encodeBase64url(Uint8Array.of(0x78, 0x9c, 3, 0, 0, 0, 0, 1))}`),
    bad('cut short', `u${text.slice(0, -8)}`),
    bad('one byte less than 131,072 entries', await encode(new Uint8Array(LAST >> 3))),
    bad('inflates to 8 MiB', await encode(new Uint8Array(8 * 1024 * 1024))),
  ]
}

async function listSubject(set: readonly number[] = [3, 9113]): Promise<JsonObject> {
  return {
    id: `${R7}#list`,
    type: 'BitstringStatusList',
    statusPurpose: 'revocation',
    encodedList: await encode(bitsWith(...set)),
    ttl: 60_000,
  }
}

function listPayload(credentialSubject: JsonObject): JsonObject {
  return {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    id: R7,
    type: ['VerifiableCredential', 'BitstringStatusListCredential'],
    issuer: issuer.did,
    validFrom: '2026-11-22T08:59:00.000Z',
    validUntil: '2026-11-22T14:59:00.000Z',
    credentialSubject,
  }
}

const LIST = { url: R7, purpose: 'revocation', statusIssuer: issuer.did, now: NOW } as const
const VERSION = NOW - 60_000
const VALID_UNTIL = VERSION + 6 * 3_600_000

async function listVectors(): Promise<readonly ListVector[]> {
  const subject = await listSubject()
  const base = listPayload(subject)
  const accepted = { version: VERSION, validUntil: VALID_UNTIL, set: [3, 9113] }
  /** A change to `null` takes the member away. */
  const vector = async (
    name: string,
    changes: JsonObject,
    expected: ListVector['expected'],
    rest: Partial<ListVector> = {},
  ): Promise<ListVector> => {
    const payload = Object.fromEntries(
      Object.entries({ ...base, ...changes }).filter(([, value]) => value !== null),
    )
    return { name, ...LIST, token: await signPayload(payload), expected, ...rest }
  }
  const withSubject = (changes: JsonObject) => ({ credentialSubject: { ...subject, ...changes } })
  const suspension = { id: S7, ...withSubject({ id: `${S7}#list`, statusPurpose: 'suspension' }) }
  const good = await signPayload(base)
  return [
    await vector('a revocation list', {}, accepted),
    await vector('a suspension list', suspension, accepted, { url: S7, purpose: 'suspension' }),
    await vector('the purpose as an array', withSubject({ statusPurpose: ['revocation'] }), accepted),
    await vector(
      'the types in the other order',
      { type: ['BitstringStatusListCredential', 'VerifiableCredential'] },
      accepted,
    ),
    await vector('statusSize 1', withSubject({ statusSize: 1 }), accepted),
    await vector('one millisecond before it ends', {}, accepted, { now: VALID_UNTIL - 1 }),
    await vector('as far ahead as clocks may differ', {}, accepted, { now: VERSION - 30_000 }),
    await vector('at its end', {}, 'status_stale', { now: VALID_UNTIL }),
    await vector('further ahead than clocks may differ', {}, 'status_invalid', { now: VERSION - 30_001 }),
    await vector('without validUntil', { validUntil: null }, 'status_invalid'),
    await vector('without validFrom', { validFrom: null }, 'status_invalid'),
    await vector('validFrom without milliseconds', { validFrom: '2026-11-22T08:59:00Z' }, 'status_invalid'),
    await vector('another list of the same issuer', { id: S7 }, 'status_invalid'),
    await vector('another purpose', withSubject({ statusPurpose: 'suspension' }), 'status_invalid'),
    await vector('the purpose refresh', withSubject({ statusPurpose: 'refresh' }), 'status_invalid'),
    await vector('statusSize 2', withSubject({ statusSize: 2 }), 'status_invalid'),
    await vector('a member that the shape does not have', { included: [] }, 'status_invalid'),
    await vector(
      'another context',
      { '@context': ['https://www.w3.org/2018/credentials/v1'] },
      'status_invalid',
    ),
    await vector('an array as subject', { credentialSubject: [subject] }, 'status_invalid'),
    await vector(
      'a list that is too short',
      withSubject({ encodedList: await encode(new Uint8Array(64)) }),
      'status_invalid',
    ),
    await vector('another issuer in the content', { issuer: mallory.did }, 'status_invalid'),
    {
      name: 'signed by another',
      ...LIST,
      token: await signPayload(base, mallory),
      expected: 'status_invalid',
    },
    {
      name: 'signed by another with the kid of the status issuer',
      ...LIST,
      token: await signPayload(base, { ...mallory, keyId: issuer.keyId, publicKey: mallory.publicKey }),
      expected: 'status_invalid',
    },
    {
      name: 'another typ',
      ...LIST,
      token: await signPayload(base, issuer, 'vp+jwt'),
      expected: 'status_invalid',
    },
    { name: 'without signature', ...LIST, token: good.replace(/[^.]*$/, ''), expected: 'status_invalid' },
    {
      name: 'with the signature of another list',
      ...LIST,
      token: await grafted(good),
      expected: 'status_invalid',
    },
  ]
}

async function grafted(token: string): Promise<string> {
  const other = await signPayload(listPayload(await listSubject([])))
  return token.replace(/[^.]*$/, other.split('.')[2] ?? '')
}

async function headVectors(): Promise<readonly HeadVector[]> {
  const common = { statusIssuer: issuer.did, now: NOW }
  const sign = (changes: JsonObject, by = issuer) =>
    signPayload(
      {
        iss: issuer.did,
        seq: 5,
        iatMs: NOW - 5000,
        prev: DIGEST,
        root: DIGEST,
        emergency: DIGEST,
        heartbeat: 10,
        ...changes,
      },
      by,
      HEAD_TYP,
    )
  const first = await signHead(
    {
      statusIssuer: issuer.did,
      seq: 1,
      iatMs: NOW - 9000,
      prev: null,
      root: leafTableRoot([]),
      emergency: DIGEST,
      heartbeat: 10,
    },
    issuer,
  )
  const held = await sign({})
  const next = await sign({ seq: 6, iatMs: NOW, prev: digestOf(held) })
  const other = `B${DIGEST.slice(1)}`
  const vector = (name: string, token: string, expected?: RefusalCode): HeadVector => ({
    name,
    ...common,
    token,
    expected: expected ?? { seq: seqOf(token), digest: digestOf(token) },
  })
  const after = (name: string, token: string, expected?: RefusalCode): HeadVector => ({
    ...vector(name, token, expected),
    held,
  })
  return [
    vector('the first head', first),
    vector('a later head', held),
    after('the next head', next),
    after('the head that is held', held),
    after('a head further on', await sign({ seq: 90, iatMs: NOW })),
    after('an older head', first, 'status_rollback'),
    after('the same seq with another root', await sign({ root: other }), 'status_rollback'),
    after('a later seq with an earlier time', await sign({ seq: 7, iatMs: NOW - 5001 }), 'status_rollback'),
    after(
      'the next seq after another head',
      await sign({ seq: 6, iatMs: NOW, prev: other }),
      'status_rollback',
    ),
    vector('ahead of the clock', await sign({ iatMs: NOW + 30_001 }), 'status_invalid'),
    vector('signed by another', await sign({}, mallory), 'status_invalid'),
    vector('another issuer in the content', await sign({ iss: mallory.did }), 'status_invalid'),
    vector('a member that the shape does not have', await sign({ exp: 1 }), 'status_invalid'),
    vector('no head before and seq 5', await sign({ prev: null }), 'status_invalid'),
    vector('a digest that is not canonical', await sign({ root: `${DIGEST.slice(1)}B` }), 'status_invalid'),
    vector('no heartbeat', await sign({ heartbeat: 0 }), 'status_invalid'),
  ]
}

function payloadOf(token: string): Buffer {
  return Buffer.from(token.split('.')[1] ?? '', 'base64url')
}

function digestOf(token: string): string {
  return headDigest(payloadOf(token))
}

function seqOf(token: string): number {
  return JSON.parse(payloadOf(token).toString()).seq
}

function leafTableVectors(): readonly LeafTableVector[] {
  const r7: Leaf = { list: R7, version: VERSION, digest: bitsDigest(bitsWith(3, 9113)), state: 'live' }
  const s7: Leaf = { ...r7, list: S7, digest: bitsDigest(bitsWith()) }
  const r1: Leaf = { ...r7, list: `${BASE}/r1`, state: 'retired' }
  const good = (name: string, leaves: readonly Leaf[]): LeafTableVector => ({
    name,
    table: encodeLeafTable(leaves),
    root: leafTableRoot(leaves),
    expected: leaves,
  })
  const bad = (name: string, table: string, leaves: readonly Leaf[] = [r7, s7]): LeafTableVector => ({
    name,
    table,
    root: leafTableRoot(leaves),
    expected: 'status_invalid',
  })
  return [
    good('no lists', []),
    good('one list', [r7]),
    good('a pair and a retired list', [r1, r7, s7]),
    bad('another root', encodeLeafTable([r7])),
    bad('out of order', JSON.stringify({ leaves: [s7, r7] })),
    bad('a list twice', JSON.stringify({ leaves: [r7, r7] })),
    bad('a retired list as live', encodeLeafTable([{ ...r1, state: 'live' }]), [r1]),
    bad('a member that the shape does not have', JSON.stringify({ leaves: [{ ...r7, more: 1 }, s7] })),
  ]
}
