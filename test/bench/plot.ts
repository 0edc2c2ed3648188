/** A line of a plot; both members of each point are greater than 0. */
export interface Series {
  readonly name: string
  readonly points: readonly Point[]
}

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Plot {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly series: readonly Series[]
}

const WIDTH = 640
const HEIGHT = 360
const LEFT = 72
const RIGHT = 150
const TOP = 40
const BOTTOM = 52
/** Between two names, at least. */
const LINE_HEIGHT = 14

/** Readable on light and on dark, and by those who tell few colours apart: each series has a marker of its own, too. */
const LIGHT = ['#0550ae', '#bc4c00', '#116329', '#8250df', '#57606a']
const DARK = ['#79c0ff', '#ffa657', '#7ee787', '#d2a8ff', '#8b949e']

function styleOf(count: number): string {
  const coloured = (colours: readonly string[]) =>
    colours
      .slice(0, count)
      .map((colour, i) => `.s${i} { stroke: ${colour} } .m${i} { fill: ${colour} }`)
      .join(' ')
  return `text { font: 12px system-ui, sans-serif; fill: #24292f } .title { font-size: 14px; font-weight: 600 }
.grid { stroke: #d0d7de } .line { fill: none; stroke-width: 2 }
${coloured(LIGHT)}
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .grid { stroke: #3d444d }
${coloured(DARK)} }`
}

/** How steep a line is between its last two points on axes that are both logarithmic: 1 is in proportion, 0 is flat. */
export function exponentOf(points: readonly Point[]): number {
  const [before, last] = points.slice(-2)
  if (before === undefined || last === undefined) return Number.NaN
  return Math.log(last.y / before.y) / Math.log(last.x / before.x)
}

/** The line drawn further with its last {@link exponentOf}; an expectation, nothing that was measured. */
export function extrapolate(points: readonly Point[], x: number): number {
  const last = points.at(-1)
  return last === undefined ? Number.NaN : last.y * (x / last.x) ** exponentOf(points)
}

/** Draws up to five series on axes that are both logarithmic, as an SVG document of its own. */
export function drawPlot({ title, xLabel, yLabel, series }: Plot): string {
  const points = series.flatMap((one) => one.points)
  const x = axisOf(
    points.map((point) => point.x),
    [LEFT, WIDTH - RIGHT],
  )
  const y = axisOf(
    points.map((point) => point.y),
    [HEIGHT - BOTTOM, TOP],
  )
  const placed = series.map((one) => one.points.map((point) => ({ x: x.at(point.x), y: y.at(point.y) })))
  const middle = (LEFT + WIDTH - RIGHT) / 2
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeXml(title)}">
<style>${styleOf(series.length)}</style>
${label(LEFT, 22, title, 'class="title"')}
${x.ticks.map((tick) => verticalTick(x.at(tick), tick)).join('\n')}
${y.ticks.map((tick) => horizontalTick(y.at(tick), tick)).join('\n')}
${label(middle, HEIGHT - 10, xLabel, 'text-anchor="middle"')}
${label(16, (TOP + HEIGHT - BOTTOM) / 2, yLabel, `text-anchor="middle" transform="rotate(-90 16 ${(TOP + HEIGHT - BOTTOM) / 2})"`)}
${placed.map(drawLine).join('\n')}
${drawNames(series, placed)}
</svg>
`
}

interface Axis {
  /** Powers of ten. */
  readonly ticks: readonly number[]
  /** Where a value is drawn. */
  at(value: number): number
}

/** From the power of ten below all values to the one above them. */
function axisOf(values: readonly number[], [from, to]: readonly [number, number]): Axis {
  const least = Math.floor(Math.log10(Math.min(...values)))
  const most = Math.max(least + 1, Math.ceil(Math.log10(Math.max(...values))))
  const ticks = Array.from({ length: most - least + 1 }, (_, i) => 10 ** (least + i))
  return { ticks, at: (value) => round(from + ((Math.log10(value) - least) / (most - least)) * (to - from)) }
}

function verticalTick(x: number, value: number): string {
  const line = `<line class="grid" x1="${x}" x2="${x}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>`
  return line + label(x, HEIGHT - BOTTOM + 18, numeral(value), 'text-anchor="middle"')
}

function horizontalTick(y: number, value: number): string {
  const line = `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/>`
  return line + label(LEFT - 8, y + 4, numeral(value), 'text-anchor="end"')
}

function drawLine(placed: readonly Point[], i: number): string {
  const path = placed.map(({ x, y }) => `${x},${y}`).join(' ')
  const line = `<polyline class="line s${i}" points="${path}"/>`
  const markers = placed.map((point) => marker(i, point))
  return line + markers.join('')
}

/** Beside the ends of the lines, from the top down, none over another. */
function drawNames(series: readonly Series[], placed: readonly (readonly Point[])[]): string {
  const ends = series.map(({ name }, i) => ({ name, ...(placed[i]?.at(-1) ?? { x: LEFT, y: TOP }) }))
  let lowest = Number.NEGATIVE_INFINITY
  return ends
    .toSorted((a, b) => a.y - b.y)
    .map(({ name, x, y }) => {
      lowest = Math.max(y + 4, lowest + LINE_HEIGHT)
      return label(x + 10, round(lowest), name, '')
    })
    .join('\n')
}

function marker(i: number, { x, y }: Point): string {
  const corners = CORNERS[i]
  if (corners === undefined) return `<circle class="m${i}" cx="${x}" cy="${y}" r="4"/>`
  const points = corners.map(([dx, dy]) => `${round(x + dx)},${round(y + dy)}`).join(' ')
  return `<polygon class="m${i}" points="${points}"/>`
}

/** Of the markers that are no circle. */
const CORNERS: readonly (readonly (readonly [dx: number, dy: number])[] | undefined)[] = [
  undefined,
  [
    [-4, -4],
    [4, -4],
    [4, 4],
    [-4, 4],
  ],
  [
    [0, -5],
    [5, 4],
    [-5, 4],
  ],
  [
    [0, -6],
    [6, 0],
    [0, 6],
    [-6, 0],
  ],
  [
    [-5, -4],
    [5, -4],
    [0, 5],
  ],
]

function label(x: number, y: number, text: string, attributes: string): string {
  return `<text x="${x}" y="${y}"${attributes === '' ? '' : ` ${attributes}`}>${escapeXml(text)}</text>`
}

function numeral(value: number): string {
  return value >= 1 ? value.toLocaleString('en') : String(Number(value.toPrecision(1)))
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
