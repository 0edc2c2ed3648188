import { describe, expect, it } from 'vitest'
import { statusMetrics } from '../../src/verifier/status-metrics.ts'
import type { SyncState } from '../../src/verifier/sync-state.ts'

const NOW = 100_000
const STATE: SyncState = {
  authority: 'did:web:id.example',
  asOf: NOW - 2_500,
  lists: 4,
  source: 'push',
  isPushed: true,
  places: [
    {
      url: 'https://id.example/head',
      lookedAt: NOW - 1000,
      asOf: NOW - 9000,
      failures: 0,
      nextAt: NOW + 500,
    },
  ],
}
const sampleOf = (text: string, sample: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(`${sample} `))
    ?.slice(sample.length + 1)

describe('metrics of the status', () => {
  const text = statusMetrics([STATE], NOW)

  it.each([
    ['procura_status_age_seconds{authority="did:web:id.example"}', '2.5'],
    ['procura_status_failing{authority="did:web:id.example"}', '0'],
    ['procura_status_lists{authority="did:web:id.example"}', '4'],
    ['procura_status_conflicts{authority="did:web:id.example"}', '0'],
    ['procura_status_pushed{authority="did:web:id.example"}', '1'],
    ['procura_status_source{authority="did:web:id.example",source="push"}', '1'],
    [
      'procura_status_place_head_age_seconds{authority="did:web:id.example",place="https://id.example/head"}',
      '9',
    ],
    [
      'procura_status_place_looked_seconds{authority="did:web:id.example",place="https://id.example/head"}',
      '1',
    ],
    ['procura_status_place_failures{authority="did:web:id.example",place="https://id.example/head"}', '0'],
    [
      'procura_status_place_next_look_seconds{authority="did:web:id.example",place="https://id.example/head"}',
      '0.5',
    ],
  ])('say %s', (sample, value) => {
    expect(sampleOf(text, sample)).toBe(value)
  })

  it('name each with its type and meaning before the samples, and end', () => {
    const names = new Set(text.split('\n').flatMap((line) => /^(procura\w+)\{/.exec(line)?.[1] ?? []))

    expect(names.size).toBe(10)
    for (const name of names) expect(text).toContain(`# TYPE ${name} gauge\n# HELP ${name} `)
    expect(text.endsWith('\n# EOF\n')).toBe(true)
  })

  it('say nothing of what is not known, and that a look failed', () => {
    const failing = statusMetrics(
      [{ authority: 'a', lists: 0, failure: { code: 'status_unavailable' } }],
      NOW,
    )

    expect(sampleOf(failing, 'procura_status_failing{authority="a"}')).toBe('1')
    expect(failing).not.toContain('procura_status_age_seconds{')
    expect(failing).not.toContain('procura_status_pushed{')
  })

  it('escape what a label must not have', () => {
    expect(statusMetrics([{ ...STATE, authority: 'a"b\\c\nd' }], NOW)).toContain(
      '{authority="a\\"b\\\\c\\nd"} 4',
    )
  })
})
