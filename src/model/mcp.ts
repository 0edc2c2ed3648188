/**
 * Where a presentation travels in MCP: the member of `params._meta` that holds the token (docs/spec/06-presenting.md
 * §2.1).
 */
export const PRESENTATION_META_KEY = 'procura/presentation'

/** And what the agent brings of the status of its chain, if it does (docs/spec/06-presenting.md §4). */
export const STAPLE_META_KEY = 'procura/staple'

/** Requests of MCP that open a connection or say what a server offers, and do nothing else: they need no presentation. */
export const OPEN_MCP_REQUESTS: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'server/discover',
  'tools/list',
])
