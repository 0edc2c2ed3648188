import { drawPlot, type Plot, type Point } from '../plot.ts'
import type { Figures } from './simulate.ts'
import type { Way } from './ways.ts'

export const WAYS: Readonly<Record<Way, string>> = {
  plain: 'all lists',
  etag: 'lists that changed',
  leaves: 'head, leaves, lists',
  changes: 'head and changes',
}

/** What is shown of the others while one of them moves. */
export const USUAL = { credentials: 1e8, revokedPart: 0.01, pollSeconds: 60 } as const

const MB = 1e6

/** Documents by file name. */
export function plotsOf(figures: readonly Figures[]): ReadonlyMap<string, string> {
  const usual = figures.filter(isLike('revokedPart'))
  const one = usual.find(isLike('credentials'))
  const polled = one === undefined ? [] : one.polled.map((daily) => ({ x: daily.pollSeconds, daily }))
  const sizes = usual.map((figure) => ({ x: figure.credentials, daily: usualPoll(figure) }))
  const parts = figures
    .filter(isLike('credentials'))
    .map((figure) => ({ x: figure.revokedPart * 100, daily: usualPoll(figure) }))
  const yLabel = 'MB a day, bodies'
  return new Map([
    [
      'revocation-by-poll.svg',
      plot(
        { title: '100,000,000 credentials, 1 % revoked', xLabel: 'seconds between looks', yLabel },
        polled,
      ),
    ],
    [
      'revocation-by-credentials.svg',
      plot({ title: 'One look a minute, 1 % revoked', xLabel: 'live credentials', yLabel }, sizes),
    ],
    [
      'revocation-by-part.svg',
      plot({ title: '100,000,000 credentials, one look a minute', xLabel: '% revoked', yLabel }, parts),
    ],
  ])
}

function isLike(member: 'credentials' | 'revokedPart'): (figures: Figures) => boolean {
  return (figures) => figures[member] === USUAL[member]
}

export function usualPoll({ polled }: Figures): Figures['polled'][number] {
  const daily = polled.find(({ pollSeconds }) => pollSeconds === USUAL.pollSeconds)
  if (daily === undefined) throw new Error('nobody looks once a minute')
  return daily
}

interface Shown {
  readonly x: number
  readonly daily: Figures['polled'][number]
}

function plot(labels: Omit<Plot, 'series'>, shown: readonly Shown[]): string {
  const series = (Object.keys(WAYS) as Way[]).map((way) => {
    const points = shown.map(({ x, daily }): Point => ({ x, y: daily[way].bytes / MB }))
    return { name: WAYS[way], points }
  })
  return drawPlot({ ...labels, series })
}
