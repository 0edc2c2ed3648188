import type { ServerResponse } from 'node:http'

type Name = keyof ServerResponse

/** What begins or changes a header; Node throws when it is too late for that. */
const OF_A_HEADER: readonly Name[] = [
  'appendHeader',
  'flushHeaders',
  'removeHeader',
  'setHeader',
  'setHeaders',
  'writeContinue',
  'writeEarlyHints',
  'writeHead',
  'writeProcessing',
]

/** Puts `by` in the place of a method of one response. */
export function replaceMethod(
  res: ServerResponse,
  name: Name,
  by: (args: readonly unknown[]) => unknown,
): void {
  const value = (...args: unknown[]): unknown => by(args)
  Object.defineProperty(res, name, { value, configurable: true, writable: true })
}

/**
 * Lets a handler that has not noticed the end go on as if it spoke to a client that has left: nothing that it does to
 * the response is done, nothing throws, and who waits for a write is told that it failed.
 */
export function silence(res: ServerResponse): void {
  for (const name of OF_A_HEADER) replaceMethod(res, name, () => res)
}

/** Answers to a `write` or `end` that goes nowhere. */
export function failLater(args: readonly unknown[]): void {
  const callback = args.find((arg) => typeof arg === 'function')
  if (callback !== undefined)
    queueMicrotask(() => callback(new Error('the response has ended with its delegation')))
}
