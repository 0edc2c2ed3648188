import { SETTINGS } from '../config/settings.ts'
import type { Host } from '../host.ts'
import { type Finding, failed, ok, warning } from './finding.ts'

/** Node releases from which the libraries, and the service with `node:sqlite`, work. */
const OLDEST_NODE: readonly [number, number] = [20, 19]
const OLDEST_NODE_OF_SERVICE: readonly [number, number] = [22, 13]

/** @param version `process.versions.node`. */
export function checkNode(version: string): Finding {
  if (!isFrom(version, OLDEST_NODE)) return failed('Node', version, 'install Node 24, or 20.19 at least')
  if (isFrom(version, OLDEST_NODE_OF_SERVICE)) return ok('Node', version)
  return warning(
    'Node',
    `${version}: commands that open the registry of an issuer do not work with it`,
    'install Node 24, or 22.13 at least, on hosts of the service',
  )
}

function isFrom(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number)
  return ownMajor > major || (ownMajor === major && ownMinor >= minor)
}

/** Variables that are read elsewhere: by agents, by tests. */
const OTHER_VARIABLES = [
  'PROCURA_CONFIG',
  'PROCURA_AGENT_KEY',
  'PROCURA_AGENT_KEY_FILE',
  'PROCURA_CREDENTIAL',
  'PROCURA_CREDENTIAL_FILE',
  'PROCURA_VECTORS',
  'PROCURA_REQUIRE_ALL',
]

/** A variable with a slip in its name is silently without effect: say so. */
export function checkVariables({ environment }: Host): readonly Finding[] {
  const known = [...Object.values(SETTINGS).map(({ variable }) => variable), ...OTHER_VARIABLES]
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith('PROCURA_') && !known.includes(name),
  )
  return unknown.map((name) =>
    warning(
      'environment',
      `${name} is not known and has no effect`,
      `unset it, or mend its name: ${known.join(', ')}`,
    ),
  )
}
