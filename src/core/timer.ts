/** Calls `run` once, `delayMs` milliseconds from now. Answers what takes it back. */
export type SetTimer = (run: () => void, delayMs: number) => () => void

/** Longest delay that platforms know; a longer one would be over at once. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1

/** The platform's. On Node it does not keep the process alive. */
export const systemTimer: SetTimer = (run, delayMs) => {
  const timer = setTimeout(run, delayMs)
  letProcessEnd(timer)
  return () => clearTimeout(timer)
}

/** On Node a waiting timer or socket keeps the process alive unless it is told not to; elsewhere a timer is a number. */
export function letProcessEnd(waiting: unknown): void {
  if (typeof waiting !== 'object' || waiting === null || !('unref' in waiting)) return
  if (typeof waiting.unref === 'function') waiting.unref()
}
