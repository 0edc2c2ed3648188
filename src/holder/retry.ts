/** Waits for that many milliseconds. */
export type Sleep = (ms: number) => Promise<void>

export const systemSleep: Sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits between tries, in milliseconds: short, because a run's teardown waits for them. */
const PAUSES_MS = [200, 1000]

/**
 * Does the work, and does it again after 0.2 s and 1 s when it failed in a way that may pass.
 *
 * @param mayPass Whether to try again after this error.
 * @throws What the last try threw.
 */
export async function withRetries<T>(
  work: () => Promise<T>,
  mayPass: (error: unknown) => boolean,
  sleep: Sleep,
): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await work()
    } catch (error) {
      if (!mayPass(error)) throw error
      await sleep(pause)
    }
  }
  return work()
}
