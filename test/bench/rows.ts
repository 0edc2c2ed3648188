/** One result, as `--json` prints it. `target` and `met` are null beside other implementations. */
export interface Row {
  readonly name: string
  /** Null: not measured, which does not meet a target. */
  readonly value: number | null
  readonly unit: string
  readonly target: number | null
  readonly met: boolean | null
}

/** What a row should be. */
export type Aim = { readonly atMost: number } | { readonly atLeast: number }

/** A row; without an aim it stands beside others for comparison. Values are rounded to three significant digits. */
export function rowOf(name: string, value: number, unit: string, aim?: Aim): Row {
  const shown = Number(value.toPrecision(3))
  if (aim === undefined) return { name, value: shown, unit, target: null, met: null }
  const [target, met] =
    'atMost' in aim ? [aim.atMost, value <= aim.atMost] : [aim.atLeast, value >= aim.atLeast]
  return { name, value: shown, unit, target: Number(target.toPrecision(3)), met }
}

/** A row that is part of the group, and for which something is missing: docs/performance.md says what. */
export function notMeasured(name: string, unit: string, aim: Aim): Row {
  const target = 'atMost' in aim ? aim.atMost : aim.atLeast
  return { name, value: null, unit, target, met: false }
}

/** For programs: one object, on one line. */
export function formatJson({ name, value, unit, target, met }: Row): string {
  return JSON.stringify({ name, value, unit, target, met })
}

const NAME_WIDTH = 52

/** For people: one line of the table that {@link TABLE_HEAD} begins. */
export function formatLine({ name, value, unit, target, met }: Row): string {
  const outcome = value === null ? 'not measured' : met === true ? 'met' : 'MISSED'
  const aim = target === null ? '' : `${String(target).padStart(8)}  ${outcome}`
  return `${name.padEnd(NAME_WIDTH)}${String(value ?? '-').padStart(9)} ${unit.padEnd(6)}${aim}`.trimEnd()
}

export const TABLE_HEAD: string = `${''.padEnd(NAME_WIDTH)}${'value'.padStart(9)} ${'unit'.padEnd(6)}${'target'.padStart(8)}`
