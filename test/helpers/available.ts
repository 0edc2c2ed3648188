import type { TestContext } from 'vitest'

declare module 'vitest' {
  interface TaskMeta {
    /** What a skipped test would have needed; the closing lines of `npm test` count by it. */
    needs?: string
  }
}

/**
 * Ends the test as skipped where something from outside the project is not there (a database, a browser). Under
 * `PROCURA_REQUIRE_ALL=1`, which `.ci/run` sets, the test fails instead, so that a green run has run everything.
 *
 * @param name What is needed, as an operator knows it: `postgresql`, `chromium`.
 */
export function requireOrSkip(ctx: TestContext, name: string, isAvailable: boolean): void {
  if (isAvailable) return
  if (process.env.PROCURA_REQUIRE_ALL === '1')
    throw new Error(`${name} is not available, and PROCURA_REQUIRE_ALL=1 demands it`)
  ctx.task.meta.needs = name
  ctx.skip(`${name} is not available`)
}
