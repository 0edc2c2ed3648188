import { ApiError, type InvalidMember } from '../api-error.ts'

/**
 * Reads query parameters that are whole numbers from 1 on, each at most once, nothing else.
 *
 * @param most The largest value that each may have, by its name.
 * @returns Those that were given.
 * @throws {ApiError} `invalid_request`
 */
export function parseCounts<N extends string>(
  query: URLSearchParams,
  most: Readonly<Record<N, number>>,
): { readonly [K in N]?: number } {
  const limits = new Map<string, number>(Object.entries(most))
  const errors: InvalidMember[] = []
  const counts: Record<string, number> = {}
  for (const name of new Set(query.keys())) {
    const limit = limits.get(name)
    const [value = '', second] = query.getAll(name)
    if (limit === undefined) errors.push({ pointer: `?${name}`, message: 'is not a parameter' })
    else if (second !== undefined) errors.push({ pointer: `?${name}`, message: 'is given twice' })
    else if (isCount(value, limit)) counts[name] = Number(value)
    else errors.push({ pointer: `?${name}`, message: `must be a whole number, 1 to ${limit}` })
  }
  if (errors.length > 0) throw new ApiError('invalid_request', { errors })
  return counts as { readonly [K in N]?: number }
}

function isCount(text: string, most: number): boolean {
  return /^[1-9]\d{0,15}$/.test(text) && Number(text) <= most
}
