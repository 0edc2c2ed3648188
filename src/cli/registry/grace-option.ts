import type { Command } from 'commander'
import { parseDuration } from '../../holder/duration.ts'
import type { Options } from '../options.ts'

/** How long what rests on an old key stays good. */
export function withGrace(command: Command): Command {
  return command.option(
    '--grace <duration>',
    'how long what rests on the old key can still be presented, at most 24h (default: 24h); 0 in an emergency: revoked at once',
  )
}

/** The members of the API; none where nothing was said. */
export function readGrace(options: Options): { readonly graceSeconds?: number } {
  const ms = options.parsed('grace', (text) => (text === '0' ? 0 : parseDuration(text, '--grace')))
  return ms === undefined ? {} : { graceSeconds: Math.ceil(ms / 1000) }
}

/** What to say of it. */
export function graceText({ graceSeconds }: { readonly graceSeconds?: number }): string {
  if (graceSeconds === 0) return 'What the old key held is revoked.'
  const time = graceSeconds === undefined ? '24 hours' : `${graceSeconds} seconds`
  return `What the old key holds can be presented for ${time}.`
}
