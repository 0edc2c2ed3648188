import { usageError } from '../cli-error.ts'
import type { Options } from '../options.ts'

/** What an agent runs, as `--software NAME@VERSION` says it. */
export function softwareOf(options: Options): { name: string; version: string } | undefined {
  const text = options.text('software')
  if (text === undefined) return undefined
  const [, name, version] = /^(.+)@([^@]+)$/.exec(text) ?? []
  if (name === undefined || version === undefined) throw usageError('--software must be NAME@VERSION')
  return { name, version }
}
