/** What the command line asks for. */
export interface Wanted {
  readonly groups: readonly string[]
  readonly json: boolean
  readonly peers: boolean
  /** Less of what takes minutes. */
  readonly isQuick: boolean
  /** Where plots are written; absent: nowhere. */
  readonly plots?: string
}

export const HELP = `npm run bench -- [GROUP …] [--json] [--no-peers] [--quick] [--plot FOLDER]

Measures what Procura costs, and says whether a row meets its target.

GROUP        issue, revocation, verify; without one, every group there is
--json       one object for each row and nothing else: name, value, unit, target, met (npm run -s bench …)
--no-peers   without other implementations, and without the two rows that are judged by them; else they are installed into
             test/bench/node_modules when they are missing
--quick      the registries of the group issue have 1,000 and 10,000 rows, and not up to a million; revocation looks at two hours
             of a day, and revokes less often
--plot       writes how issue grows with its registry to FOLDER, as SVG
--help       this text

u is one raw Ed25519 verification of 600 bytes in the same run. docs/performance.md explains the rows.
`

const FLAGS: ReadonlySet<string> = new Set(['--json', '--no-peers', '--quick'])
const PLOT = '--plot'

/** @throws {Error} for a word that means nothing, and for a folder that is not named. */
export function readArguments(words: readonly string[], known: readonly string[]): Wanted | 'help' {
  if (words.includes('--help')) return 'help'
  const plot = words.indexOf(PLOT)
  const plots = plot < 0 ? undefined : words[plot + 1]
  if (plot >= 0 && (plots === undefined || plots.startsWith('-'))) throw new Error(`${PLOT} needs a folder`)
  const rest = plot < 0 ? words : words.filter((_, i) => i !== plot && i !== plot + 1)
  const groups = rest.filter((word) => !word.startsWith('-'))
  const foreign = rest.find((word) => (word.startsWith('-') ? !FLAGS.has(word) : !known.includes(word)))
  if (foreign !== undefined) throw new Error(`"${foreign}" means nothing here; --help says what does`)
  return {
    groups: groups.length === 0 ? known : groups,
    json: rest.includes('--json'),
    peers: !rest.includes('--no-peers'),
    isQuick: rest.includes('--quick'),
    ...(plots !== undefined && { plots }),
  }
}
