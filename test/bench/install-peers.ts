import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const DIRECTORY = fileURLToPath(new URL('.', import.meta.url))

/**
 * Installs the other implementations from their lockfile, unless they are there.
 *
 * @returns Whether they can be had.
 */
export function installPeers(): boolean {
  if (isCurrent()) return true
  const { status } = spawnSync(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: DIRECTORY,
      stdio: ['ignore', 2, 2],
    },
  )
  return status === 0
}

/** npm writes what it installed beside it; the versions of the lockfile say whether that is still wanted. */
function isCurrent(): boolean {
  const installed = `${DIRECTORY}node_modules/.package-lock.json`
  if (!existsSync(installed)) return false
  const { packages: there } = JSON.parse(readFileSync(installed, 'utf8'))
  const { packages: wanted } = JSON.parse(readFileSync(`${DIRECTORY}package-lock.json`, 'utf8'))
  return Object.entries<{ version?: string; optional?: boolean }>(wanted).every(
    ([path, { version, optional }]) => path === '' || optional === true || there[path]?.version === version,
  )
}
