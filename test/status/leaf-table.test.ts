import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeBase64url } from '../../src/core/base64url.ts'
import { encodeJcs } from '../../src/core/jcs.ts'
import { merkleRoot } from '../../src/core/merkle.ts'
import {
  encodeLeafTable,
  type Leaf,
  leafTableRoot,
  MAX_LEAF_TABLE_CHARS,
  MAX_LEAVES,
  openLeafTable,
  parseLeafTable,
} from '../../src/status/leaf-table.ts'
import { BASE, DIGEST, R7, reasonOf, S7, unwrap } from './fixtures.ts'

const r7: Leaf = { list: R7, version: 1_795_338_000_000, digest: DIGEST, state: 'live' }
const s7: Leaf = { ...r7, list: S7 }

const anyLeaf: fc.Arbitrary<Leaf> = fc.record({
  list: fc.stringMatching(/^[a-z0-9]{1,8}$/).map((id) => `${BASE}/${id}`),
  version: fc.nat(Number.MAX_SAFE_INTEGER),
  digest: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(encodeBase64url),
  state: fc.constantFrom('live', 'retired'),
})
const anyLeaves = fc.uniqueArray(anyLeaf, { selector: ({ list }) => list, maxLength: 20 })

describe('leaf table', () => {
  it('is read back as it was written, under its root', () => {
    fc.assert(
      fc.property(anyLeaves, (leaves) => {
        const { root, leaves: read } = unwrap(openLeafTable(encodeLeafTable(leaves), leafTableRoot(leaves)))

        expect(root).toBe(leafTableRoot(leaves))
        expect(new Map(read)).toEqual(new Map(leaves.map((leaf) => [leaf.list, leaf])))
      }),
    )
  })

  it('has a root that does not depend on the order in which leaves are given', () => {
    fc.assert(
      fc.property(anyLeaves, (leaves) => {
        expect(leafTableRoot(leaves.toReversed())).toBe(leafTableRoot(leaves))
        expect(encodeLeafTable(leaves.toReversed())).toBe(encodeLeafTable(leaves))
      }),
    )
  })

  it('has the RFC 6962 root over the RFC 8785 form of its sorted leaves', () => {
    expect(leafTableRoot([s7, r7])).toBe(encodeBase64url(merkleRoot([encodeJcs(r7), encodeJcs(s7)])))
    expect(encodeLeafTable([s7, r7])).toBe(new TextDecoder().decode(encodeJcs({ leaves: [r7, s7] })))
  })

  it.each<[string, Partial<Leaf>]>([
    ['list', { list: `${R7}0` }],
    ['version', { version: r7.version + 1 }],
    ['digest', { digest: `B${'A'.repeat(42)}` }],
    ['state', { state: 'retired' }],
  ])('commits to the %s of a leaf', (_, change) => {
    expect(leafTableRoot([{ ...r7, ...change }, s7])).not.toBe(leafTableRoot([r7, s7]))
    expect(reasonOf(openLeafTable(encodeLeafTable([{ ...r7, ...change }]), leafTableRoot([r7])))).toBe(
      'status_invalid root',
    )
  })

  it.each<[string, unknown]>([
    ['out of order', { leaves: [s7, r7] }],
    ['with a list twice', { leaves: [r7, r7] }],
    ['without leaves', {}],
    ['with another member', { leaves: [r7], more: 1 }],
    ['with a leaf that has another member', { leaves: [{ ...r7, more: 1 }] }],
    ['with a leaf that is no object', { leaves: [[]] }],
    ['with a relative URL', { leaves: [{ ...r7, list: '/status/r7' }] }],
    ['with a URL that is no string', { leaves: [{ ...r7, list: 7 }] }],
    ['with a negative version', { leaves: [{ ...r7, version: -1 }] }],
    ['with a version as text', { leaves: [{ ...r7, version: '1' }] }],
    ['with a short digest', { leaves: [{ ...r7, digest: 'AA' }] }],
    ['with a digest of 256 bits and some', { leaves: [{ ...r7, digest: `${'A'.repeat(42)}B` }] }],
    ['with an unknown state', { leaves: [{ ...r7, state: 'dead' }] }],
    ['as an array', [r7]],
    ['with leaves as an object', { leaves: { 0: r7 } }],
  ])('is refused %s', (_, table) => {
    expect(reasonOf(parseLeafTable(JSON.stringify({ leaves: [r7, s7] })))).toBe('accepted')
    expect(reasonOf(parseLeafTable(JSON.stringify(table)))).toBe('status_invalid leaves')
    expect(reasonOf(openLeafTable(JSON.stringify(table), leafTableRoot([r7])))).toBe('status_invalid leaves')
  })

  it('is refused when it is not strict JSON', () => {
    for (const text of ['', '{', `{"leaves":[],"leaves":[]}`]) {
      expect(reasonOf(parseLeafTable(text))).toBe('status_invalid leaves')
    }
  })

  it('is refused beyond its limits', () => {
    const many = Array.from({ length: MAX_LEAVES + 1 }, (_, i) => ({
      ...r7,
      list: `${BASE}/r${100_000 + i}`,
    }))

    expect(reasonOf(parseLeafTable(JSON.stringify({ leaves: many.slice(1) })))).toBe('accepted')
    expect(reasonOf(parseLeafTable(JSON.stringify({ leaves: many })))).toBe('status_invalid leaves')
    expect(reasonOf(parseLeafTable('{"leaves":[]}'.padEnd(MAX_LEAF_TABLE_CHARS)))).toBe('accepted')
    expect(reasonOf(parseLeafTable('{"leaves":[]}'.padEnd(MAX_LEAF_TABLE_CHARS + 1)))).toBe(
      'status_invalid leaves',
    )
    expect(encodeLeafTable(many.slice(1))).toContain(`${BASE}/r100001"`)
    expect(() => encodeLeafTable(many)).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' }),
    )
  })

  it('cannot be written with a list twice', () => {
    expect(() => leafTableRoot([r7, { ...r7, version: 1 }])).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' }),
    )
  })
})
