/** `ENOENT`, `EACCES` …, or what a server says in its place, as an SQLSTATE; `undefined` for an error without a code. */
export function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
