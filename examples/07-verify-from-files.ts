// Verify from files: the status is mirrored to a directory, and a request verified with no network at all.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAgent } from 'procura/agent'
import { createVerifier, type PresentedRequest, type VerifierOptions } from 'procura/verifier'
import { startIssuer } from './support/issuer.ts'

const mirror = await mkdtemp(join(tmpdir(), 'procura-mirror-'))
await using issuer = await startIssuer()
const { key, chain } = await issuer.delegate('https://mail.example/', ['mail.read'])
const policy: VerifierOptions = {
  audience: 'https://mail.example/',
  trust: [issuer.trust],
  freshness: { '*': 'routine' }, // one hour
}

// whoever has a network follows the signed head, and keeps each document that is fetched
await createVerifier({ ...policy, fetch: fetchAndKeep }).sync()
await issuer.stop()

// whoever has none reads them from the directory, and believes only what is signed
// #region verify
const verifier = createVerifier({ ...policy, fetch: fetchFromMirror })
await verifier.sync()
const verdict = await verifier.verify(await requestAt(Date.now), { action: 'mail.read' })
// #endregion
assert(verdict.verified)
const files = await readdir(mirror)
console.log(`verified with ${files.length} files, status of ${new Date(verdict.status.asOf).toISOString()}`)

// a mirror that is not renewed grows too old, and then proves nothing any more
const later = () => Date.now() + 2 * 60 * 60 * 1000
const lateVerifier = createVerifier({ ...policy, fetch: fetchFromMirror, clock: later })
await lateVerifier.sync()
const late = await lateVerifier.verify(await requestAt(later), { action: 'mail.read' })
assert(!late.verified)
console.log(`two hours later: ${late.refusal.code}`)
assert.equal(late.refusal.code, 'status_stale')

await rm(mirror, { recursive: true })

async function fetchAndKeep(url: string | URL | Request): Promise<Response> {
  const response = await fetch(url)
  await writeFile(fileOf(url), await response.clone().bytes())
  return response
}

async function fetchFromMirror(url: string | URL | Request): Promise<Response> {
  return new Response(await readFile(fileOf(url)))
}

function fileOf(url: string | URL | Request): string {
  return join(mirror, encodeURIComponent(String(url)))
}

/** A request as it arrives: an agent's, caught where it would have gone to the network. */
async function requestAt(clock: () => number): Promise<PresentedRequest> {
  let caught: Request | undefined
  const fetch = async (url: string | URL | Request, init?: RequestInit) => {
    caught = new Request(url, init)
    return new Response()
  }
  await (await createAgent({ key, chain, clock, fetch })).fetch('https://mail.example/inbox')
  return { method: 'GET', target: '/inbox', header: (name) => caught?.headers.get(name) ?? undefined }
}
