const EVENTS = ['uncaughtException', 'unhandledRejection'] as const

/** What nobody catches while something is done: any of it would end a process of its own. */
export async function uncaughtDuring(work: () => Promise<void>): Promise<readonly unknown[]> {
  const uncaught: unknown[] = []
  const onUncaught = (error: unknown): void => void uncaught.push(error)
  const before = EVENTS.map((event) => [event, process.listeners(event as 'uncaughtException')] as const)
  for (const event of EVENTS) process.removeAllListeners(event).on(event, onUncaught)
  try {
    await work()
    await new Promise((resolve) => setTimeout(resolve, 5))
  } finally {
    for (const [event, listeners] of before) {
      process.off(event, onUncaught)
      for (const listener of listeners) process.on(event, listener)
    }
  }
  return uncaught
}
