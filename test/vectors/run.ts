import { readVectors } from './read-vectors.ts'
import { runCommand } from './run-command.ts'

/* node test/vectors/run.ts [--theme NAME] -- COMMAND…: tests an implementation in any language (README.md). */

const words = process.argv.slice(2)
const separator = words.indexOf('--')
const command = words.slice(separator + 1)
const [option, theme] = words.slice(0, Math.max(separator, 0))
const files = readVectors().filter((file) => theme === undefined || file.theme === theme)

if (
  separator < 0 ||
  command.length === 0 ||
  (option !== undefined && option !== '--theme') ||
  files.length === 0
) {
  const themes = readVectors().map((file) => file.theme)
  process.stderr.write(
    `usage: node test/vectors/run.ts [--theme NAME] -- COMMAND…\nthemes: ${themes.join(', ')}\n`,
  )
  process.exitCode = 2
} else {
  const { asked, differences } = await runCommand(files, command)
  for (const difference of differences) process.stdout.write(`${difference}\n`)
  const all = files.reduce((sum, { cases }) => sum + cases.length, 0)
  process.stdout.write(`${asked} of ${all} vectors asked, ${differences.length} answered otherwise\n`)
  process.exitCode = differences.length === 0 ? 0 : 1
}
