import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { RANGE } from '../bench/at-scale/assumptions.ts'
import { encodeFigures, FIGURES_FILE, fillDocument, parseFigures } from '../bench/at-scale/document.ts'
import { plotsOf } from '../bench/at-scale/plots.ts'
import { type Figures, simulate } from '../bench/at-scale/simulate.ts'

const document = readFileSync('docs/revocation-at-scale.md', 'utf8')
const text = readFileSync(`docs/${FIGURES_FILE}`, 'utf8')
const figures = parseFigures(text)

/** Of 10^8 credentials of which one in a hundred is revoked. */
const usual = figures.find(({ credentials, revokedPart }) => credentials === 1e8 && revokedPart === 0.01)

function megabytes(pollSeconds: number, way: 'changes' | 'etag'): number {
  const daily = usual?.polled.find((polled) => polled.pollSeconds === pollSeconds)
  return (daily?.[way].bytes ?? 0) / 1e6
}

describe('docs/revocation-at-scale.md', () => {
  it('has the figures that the program wrote, in tables and plots', () => {
    expect(encodeFigures(figures)).toBe(text)
    expect(fillDocument(document, figures)).toBe(document)
    for (const [name, svg] of plotsOf(figures))
      expect(readFileSync(`docs/performance/${name}`, 'utf8')).toBe(svg)
  })

  it('says nothing else in words', () => {
    const pushed = (usual?.pushed.bytes ?? 0) / 1e6
    const words = [
      `once a minute in place of \`start()\`. At a hundred million credentials that is ${megabytes(60, 'changes').toFixed(1)} MB a day; a service that listens gets ${pushed.toFixed(0)} MB.`,
      `${megabytes(10, 'changes').toFixed(1)} MB a day, a fourteenth`,
      `${(megabytes(900, 'changes') / 96).toFixed(1)} MB with a look each 15 minutes, in place of ${((megabytes(300, 'changes') / 288) * 1000).toFixed(1)} kB with one each 5`,
    ]

    expect(words.filter((sentence) => !document.includes(sentence))).toEqual([])
    expect(Math.floor(megabytes(10, 'etag') / megabytes(10, 'changes'))).toBe(14)
  })

  it('has figures that come out again, but for what compressors differ in', async () => {
    const [again] = await simulate({ ...RANGE, credentials: [1e6], revokedParts: [0.01] })
    const written = figures.find(
      ({ credentials, revokedPart }) => credentials === 1e6 && revokedPart === 0.01,
    )
    const changes = (one: Figures | undefined) =>
      one?.polled.filter(({ pollSeconds }) => pollSeconds <= 300).map(({ changes }) => changes)

    expect(changes(again)).toEqual(changes(written))
    expect(again?.sizes.revocation.jws).toBeCloseTo(written?.sizes.revocation.jws ?? 0, -3)
  })
})
