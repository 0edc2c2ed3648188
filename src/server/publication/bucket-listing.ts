/*
 * Two elements of the XML with which a bucket answers ListObjectsV2 (Amazon S3 API Reference). Keys that are ours hold no
 * character that XML escapes; a key that does is not one of ours.
 */

/** The keys of one page, as they are written. */
export function keysOf(xml: string): readonly string[] {
  return [...xml.matchAll(/<Key>([^<]{1,1024})<\/Key>/g)].map(([, key = '']) => key)
}

/** What to ask for the next page with; `undefined` on the last one. */
export function nextPageOf(xml: string): string | undefined {
  const token = /<NextContinuationToken>([^<]{1,2048})<\/NextContinuationToken>/.exec(xml)?.[1]
  return token
    ?.replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
