import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FRESHNESS_SECONDS, type FreshnessTier } from '../../src/status/freshness.ts'
import { readPolicy } from '../../src/verifier/policy.ts'
import { rowsBelow } from '../helpers/tables.ts'

const PAGE = 'docs/verifier.md'
const page = readFileSync(PAGE, 'utf8')

interface Member {
  readonly name: string
  readonly type: string
  readonly isOptional: boolean
}

/** The members of an exported interface, as they are written: those on one line, methods by their names. */
function membersOf(file: string, name: string): readonly Member[] {
  const source = readFileSync(file, 'utf8')
  const [, body = ''] = new RegExp(`^export interface ${name}\\b.*?\\{\\n(.*?)^\\}`, 'ms').exec(source) ?? []
  const members = body.matchAll(/^ {2}(?:readonly )?(\w+)(\??)(?:\(|: (.*)$)/gm)
  return [...members].map(([, member = '', mark, type = '']) => ({
    name: member,
    type: type.replaceAll('readonly ', ''),
    isOptional: mark === '?',
  }))
}

/** The rows of the table with `name | type | default | …` below a heading. */
function documented(heading: string): readonly (Member & { readonly otherwise: string })[] {
  const rows = rowsBelow(PAGE, heading).slice(1)
  return rows.map(([name = '', type = '', otherwise = '']) => ({
    name: unquoted(name),
    type: unquoted(type),
    isOptional: !otherwise.startsWith('*'),
    otherwise: unquoted(otherwise),
  }))
}

function unquoted(cell: string): string {
  return cell.replaceAll('`', '')
}

const OPTIONS = membersOf('src/verifier/verifier-options.ts', 'VerifierOptions')

describe('docs/verifier.md', () => {
  it('has a row for every option, in order, with its type, and says which are required', () => {
    const rows = documented('## Options').map(({ otherwise: _, ...row }) => row)

    expect(rows).toEqual(OPTIONS)
    expect(OPTIONS.length).toBeGreaterThan(15)
  })

  it.each<['sensitive' | 'critical', pollSeconds: number]>([
    ['sensitive', 30],
    ['critical', 15],
  ])('states the defaults that the code has, for %s', (tier, pollSeconds) => {
    const policy = readPolicy({ audience: 'https://mail.example/', trust: [], freshness: { '*': tier } })
    const otherwise = new Map(documented('## Options').map((row) => [row.name, row.otherwise]))
    const stated = ['environment', 'bodyCheckedUpstream', 'ownerInPerson', 'rdfc'] as const

    expect(stated.map((name) => otherwise.get(name))).toEqual(stated.map((name) => String(policy[name])))
    expect(policy.pollSeconds).toBe(pollSeconds)
    expect(otherwise.get('pollSeconds')).toBe('half the smallest tier in use, at most 30')
    expect(page).toContain('30 s by default** (15 s when a tier is `critical`)')
  })

  it('states how old the status may be in each tier', () => {
    const tiers = Object.keys(FRESHNESS_SECONDS) as FreshnessTier[]

    expect(tiers.filter((tier) => !page.includes(`\`${tier}\` ${FRESHNESS_SECONDS[tier]} s`))).toEqual([])
  })

  it('has a row for every method, in order', () => {
    const methods = membersOf('src/verifier/create-verifier.ts', 'Verifier').map(({ name }) => name)
    const rows = rowsBelow(PAGE, '## Methods').slice(1)

    expect(rows.map(([method = '']) => /\w+/.exec(method)?.[0])).toEqual(methods)
    expect(methods.length).toBeGreaterThan(10)
  })

  it('has a row for every member of a trust entry, with its type', () => {
    const members = [
      ...membersOf('src/verifier/trust.ts', 'TrustEntry'),
      ...membersOf('src/verifier/trust.ts', 'OtherPlaces'),
      ...membersOf('src/verifier/authority-limits.ts', 'AuthorityLimits'),
    ]

    expect(documented('## Trust entries').map(({ name, type }) => `${name}: ${type}`)).toEqual(
      members.map(({ name, type }) => `${name}: ${type}`),
    )
    expect(members).toHaveLength(8)
  })

  it('has a row for every member of a state, and says which are always there', () => {
    const rows = documented('## Readiness').map(({ otherwise: _, ...row }) => row)

    expect(rows).toEqual(membersOf('src/verifier/sync-state.ts', 'SyncState'))
  })

  it('has a row for every member of a place, and says which are always there', () => {
    const rows = documented('## Mirrors').map(({ otherwise: _, ...row }) => row)

    expect(rows).toEqual(membersOf('src/verifier/place.ts', 'PlaceState'))
  })

  it('names every cause for which a document cannot be fetched', () => {
    const [, union = ''] = /type FetchCause =\n(.*?)\n\n/s.exec(readFileSync('src/refusal.ts', 'utf8')) ?? []
    const causes = [...union.matchAll(/'(\w+)'/g)].map(([, cause = '']) => cause)

    expect(causes.filter((cause) => !page.includes(`\`${cause}\``))).toEqual([])
    expect(causes.length).toBeGreaterThan(5)
  })

  it('has a row for every alarm, with its members', () => {
    const sources = ['src/verifier/verifier-alarm.ts', 'src/status/alarm.ts']
    const types = sources.map((file) => readFileSync(file, 'utf8').split('export type ')[1] ?? '')
    const kinds = types.flatMap((type) => [...type.matchAll(/\{\s+readonly kind: '(\w+)'([^}]*)\}/g)])
    const alarms = kinds.map(([, kind, members = '']) => {
      return [kind, ...[...members.matchAll(/readonly (\w+)/g)].map(([, name]) => name)].join(' ')
    })
    const rows = rowsBelow(PAGE, '## Alarms').slice(1)

    expect(rows.map(([kind, members]) => unquoted(`${kind} ${members}`).replaceAll(',', ''))).toEqual(alarms)
    expect(alarms).toHaveLength(9)
  })
})

describe('the members of an interface', () => {
  it('are found with their types, whether they may be left out, and methods by name', () => {
    expect(OPTIONS[0]).toEqual({ name: 'audience', type: 'string', isOptional: false })
    expect(OPTIONS.find(({ name }) => name === 'bearer')).toMatchObject({
      type: 'string[]',
      isOptional: true,
    })
    expect(membersOf('src/verifier/verifier-options.ts', 'Nobody')).toEqual([])
  })
})
