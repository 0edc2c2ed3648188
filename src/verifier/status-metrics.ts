import type { PlaceState } from './place.ts'
import type { SyncState } from './sync-state.ts'

type Labels = Readonly<Record<string, string>>
type Sample = readonly [labels: Labels, value: number]

interface Metric {
  readonly name: string
  readonly help: string
  readonly samples: readonly Sample[]
}

/**
 * Writes down what `verifier.status()` says as metrics, in the text format of OpenMetrics, which Prometheus reads
 * (docs/verifier.md "Metrics"): `application/openmetrics-text; version=1.0.0`.
 *
 * @param now Milliseconds since 1970.
 */
export function statusMetrics(states: readonly SyncState[], now: number = Date.now()): string {
  const metrics = [...metricsOfStatus(states, now), ...metricsOfPlaces(states, now)]
  return `${metrics.flatMap(linesOf).join('\n')}\n# EOF\n`
}

function metricsOfStatus(states: readonly SyncState[], now: number): readonly Metric[] {
  const each = (name: string, help: string, read: (state: SyncState) => number | undefined): Metric => {
    const samples = states.flatMap((state) => sample({ authority: state.authority }, read(state)))
    return { name: `procura_status_${name}`, help, samples }
  }
  return [
    each('age_seconds', 'Age of what is held: since its newest head was signed', (state) =>
      secondsSince(state.asOf, now),
    ),
    each('failing', 'Whether the last look failed', ({ failure }) => Number(failure !== undefined)),
    each('lists', 'Lists that are held', ({ lists }) => lists),
    each('conflicts', 'Pieces of evidence against who signs it', ({ conflicts = [] }) => conflicts.length),
    each('pushed', 'Whether heads come by themselves', ({ isPushed }) =>
      isPushed === undefined ? undefined : Number(isPushed),
    ),
    {
      name: 'procura_status_source',
      help: 'Where the newest head was found first',
      samples: states.flatMap(({ authority, source }) =>
        source === undefined ? [] : [[{ authority, source }, 1] as const],
      ),
    },
  ]
}

function metricsOfPlaces(states: readonly SyncState[], now: number): readonly Metric[] {
  const each = (name: string, help: string, read: (place: PlaceState) => number | undefined): Metric => {
    const samples = states.flatMap(({ authority, places = [] }) =>
      places.flatMap((place) => sample({ authority, place: place.url }, read(place))),
    )
    return { name: `procura_status_place_${name}`, help, samples }
  }
  return [
    each('head_age_seconds', 'Age of the head that a place showed last', ({ asOf }) =>
      secondsSince(asOf, now),
    ),
    each('looked_seconds', 'Time since a place was looked at', ({ lookedAt }) => secondsSince(lookedAt, now)),
    each('failures', 'Looks in a row that came to nothing', ({ failures }) => failures),
    each('next_look_seconds', 'Time until a place is looked at in any case', ({ nextAt }) =>
      Math.max(0, (nextAt - now) / 1000),
    ),
  ]
}

function sample(labels: Labels, value: number | undefined): readonly Sample[] {
  return value === undefined ? [] : [[labels, value]]
}

function secondsSince(time: number | undefined, now: number): number | undefined {
  return time === undefined ? undefined : Math.max(0, (now - time) / 1000)
}

function linesOf({ name, help, samples }: Metric): readonly string[] {
  const lines = samples.map(([labels, value]) => `${name}{${labelsOf(labels)}} ${value}`)
  return [`# TYPE ${name} gauge`, `# HELP ${name} ${help}.`, ...lines]
}

function labelsOf(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escaped)}"`)
    .join(',')
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`
}
