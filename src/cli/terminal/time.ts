import { formatDateTime, parseDateTime } from '../../core/date-time.ts'

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const

/** `2026-11-22 09:00:00 UTC`, to the second. @param ms Milliseconds since 1970. */
export function formatTime(ms: number): string {
  return `${formatDateTime(ms).slice(0, 19).replace('T', ' ')} UTC`
}

/** A date as the API writes it, in the form of all text output; anything else as it is. */
export function timeText(date: string): string {
  const ms = parseDateTime(date)
  return ms === undefined ? date : formatTime(ms)
}

/** A length of time in its largest unit, rounded down: `23 h`, `3 s`. @param ms Milliseconds, positive. */
export function formatDuration(ms: number): string {
  for (const [unit, length] of UNITS) if (ms >= length) return `${Math.floor(ms / length)} ${unit}`
  return '0 s'
}

/** `3 s ago`, `in 23 h`. */
export function formatRelative(ms: number, now: number): string {
  return ms <= now ? `${formatDuration(now - ms)} ago` : `in ${formatDuration(ms - now)}`
}

/** Reads a time as people and programs write it: an ISO date with zone, or milliseconds since 1970. */
export function parseTime(text: string): number | undefined {
  if (/^\d{12,14}$/.test(text)) return Number(text)
  const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?!:)/.test(text)
    ? `${text.slice(0, 16)}:00${text.slice(16)}`
    : text
  return parseDateTime(instant)
}
