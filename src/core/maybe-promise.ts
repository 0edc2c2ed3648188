/** An answer that may be there already; who awaits only a promise stays synchronous on Node. */
export type MaybePromise<T> = T | Promise<T>

/** Goes on with an answer: at once when it is there, else when it comes. What is synchronous stays so. */
export function andThen<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}
