/**
 * Where a presentation travels in MCP: the member of `params._meta` that holds the token (docs/spec/06-presenting.md
 * §2.1).
 */
export const PRESENTATION_META_KEY = 'procura/presentation'
