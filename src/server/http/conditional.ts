export interface Representation {
  readonly body: string | Uint8Array<ArrayBuffer>
  /** Without quotes; names exactly these bytes. */
  readonly etag: string
  readonly contentType: string
  readonly maxAgeSeconds: number
  /** The address never shows anything else. Default false. */
  readonly immutable?: boolean
  /** Which header field of the request chose it. Default: none. */
  readonly vary?: string
}

/** A public answer with its validator; 304 without a body when the client holds it already (RFC 9110 §13.1.2). */
export function conditional(request: Request, shown: Representation): Response {
  const etag = `"${shown.etag}"`
  const headers = {
    etag,
    ...(shown.vary !== undefined && { vary: shown.vary }),
    'cache-control': `public, max-age=${shown.maxAgeSeconds}${shown.immutable === true ? ', immutable' : ''}`,
  }
  if (isHeld(request.headers.get('if-none-match'), etag)) return new Response(null, { status: 304, headers })
  return new Response(shown.body, { headers: { ...headers, 'content-type': shown.contentType } })
}

function isHeld(ifNoneMatch: string | null, etag: string): boolean {
  const held = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return held.includes(etag) || held.includes('*')
}
