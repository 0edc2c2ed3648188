/**
 * For how many milliseconds whoever answered asks not to be asked. In whole seconds; the other form, a date, is not read.
 *
 * @returns 0 when nothing is said.
 */
export function retryAfterMs({ headers }: Response): number {
  const seconds = headers.get('retry-after') ?? ''
  return /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : 0
}
