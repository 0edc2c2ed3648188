// #region worker
import { requireDelegation } from 'procura/fetch'
import { createVerifier, type Verifier } from 'procura/verifier'

/** Variables of the Worker: its origin as callers write it, and the entry of `procura trust export` as text. */
interface Env {
  readonly AUDIENCE: string
  readonly TRUST: string
}

/** How often the status is looked at while requests come, in milliseconds: so long a revoked agent may go on. */
const POLL_MS = 5_000

let verifier: Verifier | undefined
let lookedAt = 0

async function fetchWorker(request: Request, env: Env, context: { waitUntil(work: Promise<unknown>): void }) {
  verifier ??= createVerifier({
    audience: env.AUDIENCE,
    trust: [JSON.parse(env.TRUST)],
    freshness: { '*': 'sensitive' },
  })
  const isFirst = lookedAt === 0
  if (Date.now() - lookedAt > POLL_MS) {
    lookedAt = Date.now()
    const looking = verifier.sync() // nothing runs between requests: not start()
    if (isFirst) await looking
    else context.waitUntil(looking)
  }
  const inbox = requireDelegation({ verifier, ask: { action: 'mail.read' } }, (_request, { agent }) => {
    return Response.json({ agent })
  })
  return inbox(request)
}

// biome-ignore lint/style/noDefaultExport: Workers are read from it
export default { fetch: fetchWorker }
// #endregion
