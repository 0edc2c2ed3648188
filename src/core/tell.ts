/**
 * Tells a listener in a turn of its own. What it throws, or rejects with, is dropped: it must neither stop whoever tells it
 * nor, where nobody could catch it, end the process.
 */
export function tell<T extends object>(listener: (news: T) => unknown, news: T): void {
  void Promise.resolve(news)
    .then(listener)
    .catch(() => undefined)
}
