/** What the command line asks for. */
export interface Wanted {
  readonly groups: readonly string[]
  readonly json: boolean
  readonly peers: boolean
}

export const HELP = `npm run bench -- [GROUP …] [--json] [--no-peers]

Measures what Procura costs, in CPU time where a row does not say otherwise, and says whether a row meets its target.

GROUP        verify; without one, every group there is
--json       one object for each row and nothing else: name, value, unit, target, met (npm run -s bench …)
--no-peers   without other implementations, and without the two rows that are judged by them; else they are installed into
             test/bench/node_modules when they are missing
--help       this text

u is one raw Ed25519 verification of 600 bytes in the same run. docs/performance.md explains the rows.
`

/** @throws {Error} for a word that means nothing. */
export function readArguments(words: readonly string[], known: readonly string[]): Wanted | 'help' {
  if (words.includes('--help')) return 'help'
  const flags = words.filter((word) => word.startsWith('-'))
  const groups = words.filter((word) => !word.startsWith('-'))
  const foreign =
    flags.find((flag) => flag !== '--json' && flag !== '--no-peers') ??
    groups.find((group) => !known.includes(group))
  if (foreign !== undefined) throw new Error(`"${foreign}" means nothing here; --help says what does`)
  return {
    groups: groups.length === 0 ? known : groups,
    json: flags.includes('--json'),
    peers: !flags.includes('--no-peers'),
  }
}
