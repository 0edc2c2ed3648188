/**
 * Where a presentation travels in MCP: the member of `params._meta` that holds the token (docs/spec/06-presenting.md
 * §2.1).
 */
export const PRESENTATION_META_KEY = 'procura/presentation'

/** Requests of MCP that open a connection or say what a server offers, and do nothing else: they need no presentation. */
export const OPEN_MCP_REQUESTS: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'server/discover',
  'tools/list',
])
