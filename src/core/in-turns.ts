/** What is done at one time. */
const AT_ONCE = 8

/**
 * Does the same with each, a few at a time, begun in their order. Where one fails the others that were begun are waited for, so
 * that nothing goes on afterwards.
 */
export async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let i = 0; i < items.length; i += AT_ONCE) {
    const outcomes = await Promise.allSettled(items.slice(i, i + AT_ONCE).map(work))
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason
      results.push(outcome.value)
    }
  }
  return results
}

/** Does the same with one after the other, whichever fail. Rejects at the end with what failed first. */
export async function withEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = []
  for (const item of items) {
    try {
      await work(item)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}
