/** Longest URL of an endpoint, in characters. */
export const MAX_ENDPOINT_CHARS = 2_048

/**
 * Whether something may be posted to a URL: `https`, or `http` to a host that the operator listed; no user information, which would be sent
 * as a password, and no fragment, which would not be sent. Where the name leads is checked when it is connected to.
 *
 * @param hosts With their port, if it is not the default one.
 */
export function isEndpoint(text: string, hosts: ReadonlySet<string>): boolean {
  if (text.length > MAX_ENDPOINT_CHARS || !URL.canParse(text)) return false
  const { protocol, host, username, password, href } = new URL(text)
  const isReachable = protocol === 'https:' || (protocol === 'http:' && hosts.has(host))
  return isReachable && username === '' && password === '' && !text.includes('#') && href === text
}
