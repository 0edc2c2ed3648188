/**
 * Forms that two readers of one path may understand differently: encoded dot, slash, backslash and NUL (also
 * encoded twice), backslash, empty segment, dot segment, path parameter, query, fragment, control character.
 */
const AMBIGUOUS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  /%(?:25)*(?:00|2e|2f|5c)|[\\;?#\u0000-\u001f\u007f]|\/\/|\/\.{1,2}(?:\/|$)/i

/** Tells whether a path that begins with `/` means the same to every reader (docs/spec/03-grants.md "Values"). */
export function isUnambiguousPath(path: string): boolean {
  return !AMBIGUOUS.test(path)
}

/** `/a` is a prefix of `/a` and `/a/b`, not of `/ab`; `/a/` of all that begins with it. Compared as written. */
export function isPathPrefix(prefix: string, path: string): boolean {
  if (!path.startsWith(prefix)) return false
  return prefix.endsWith('/') || path.length === prefix.length || path.charAt(prefix.length) === '/'
}
