/** Of the mutants, this share has to be noticed. */
export const LEAST_KILLED = 0.95

/** A change of one operator, and where it was made. */
export interface Mutant {
  readonly file: string
  readonly line: number
  /** The line that it is in, without the spaces around it. */
  readonly code: string
  readonly original: string
  readonly replacement: string
}

/** A survivor that changes nothing that anybody could see, and why. Lines move; the text of the line says which it is. */
export interface Explained extends Pick<Mutant, 'file' | 'code' | 'original' | 'replacement'> {
  readonly reason: string
}

/** What we read of a report in the format of mutation-testing-elements. Lines and columns begin with 1. */
export interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Tried[] }>>
}

interface Tried {
  readonly location: { readonly start: Place; readonly end: Place }
  readonly replacement?: string
  readonly status: string
}

interface Place {
  readonly line: number
  readonly column: number
}

export interface Counts {
  readonly killed: number
  readonly survived: number
  /** Of those that survived. */
  readonly explained: number
}

export interface Summary extends Omit<Counts, 'explained'> {
  /** The same of each folder directly under `src`, by its name. */
  readonly folders: Readonly<Record<string, Counts>>
  /** Of those that ran, 0 to 1; 0 when none did. */
  readonly share: number
  readonly unexplained: readonly Mutant[]
  /** Explanations of what did not survive in a file that was looked at. */
  readonly obsolete: readonly Explained[]
}

const KILLED: readonly string[] = ['Killed', 'Timeout']
const ALIVE: readonly string[] = ['Survived', 'NoCoverage']

/** Counts what the tests noticed, and sets beside each other who survived and what is explained. */
export function summarize({ files }: Report, explained: readonly Explained[]): Summary {
  const all = Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants.map((tried) => ({ status: tried.status, mutant: mutantOf(file, source.split('\n'), tried) })),
  )
  const survivors = all.filter(({ status }) => ALIVE.includes(status)).map(({ mutant }) => mutant)
  const killed = all.filter(({ status }) => KILLED.includes(status)).map(({ mutant }) => mutant)
  const ran = killed.length + survivors.length
  return {
    killed: killed.length,
    survived: survivors.length,
    folders: countByFolder(killed, survivors, explained),
    share: ran === 0 ? 0 : killed.length / ran,
    unexplained: survivors.filter((survivor) => !isExplained(survivor, explained)),
    obsolete: explained.filter(
      (known) => Object.hasOwn(files, known.file) && !survivors.some((survivor) => isSame(known, survivor)),
    ),
  }
}

function countByFolder(
  killed: readonly Mutant[],
  survivors: readonly Mutant[],
  explained: readonly Explained[],
): Record<string, Counts> {
  const folders = [...new Set([...killed, ...survivors].map(folderOf))].sort()
  const counts = folders.map((folder) => {
    const alive = survivors.filter((mutant) => folderOf(mutant) === folder)
    const known = alive.filter((mutant) => isExplained(mutant, explained))
    const noticed = killed.filter((mutant) => folderOf(mutant) === folder).length
    return [folder, { killed: noticed, survived: alive.length, explained: known.length }] as const
  })
  return Object.fromEntries(counts)
}

/** `src/securing` of `src/securing/sd-jwt/sign.ts`. */
function folderOf({ file }: Mutant): string {
  return file.split('/').slice(0, 2).join('/')
}

function isExplained(survivor: Mutant, explained: readonly Explained[]): boolean {
  return explained.some((known) => isSame(known, survivor))
}

function isSame(a: Omit<Explained, 'reason'>, b: Omit<Explained, 'reason'>): boolean {
  return (
    a.file === b.file && a.code === b.code && a.original === b.original && a.replacement === b.replacement
  )
}

function mutantOf(file: string, lines: readonly string[], { location, replacement = '' }: Tried): Mutant {
  const { start, end } = location
  const touched = lines.slice(start.line - 1, end.line)
  const last = touched.pop() ?? ''
  const original = [...touched, last.slice(0, end.column - 1)].join('\n').slice(start.column - 1)
  const code = (lines[start.line - 1] ?? '').trim()
  return { file, line: start.line, code, original, replacement: replacement.trim() }
}
