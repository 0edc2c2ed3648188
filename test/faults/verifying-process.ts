/*
 * A service provider's process: a verifier whose stores lie in a file that it shares with others of its kind. It is told
 * what to verify and answers with the code, or, when it is to die, ends itself once the verdict is there and before
 * anybody hears of it.
 */
import type { JsonObject } from '../../src/core/json.ts'
import { openSqliteStores } from '../../src/stores/index.ts'
import { createVerifier } from '../../src/verifier/create-verifier.ts'
import type { TrustEntry } from '../../src/verifier/trust.ts'

/** What a process is started with. */
export interface Setup {
  readonly file: string
  readonly audience: string
  readonly trust: TrustEntry
  /** What the status site serves. */
  readonly documents: readonly (readonly [url: string, text: string])[]
  readonly now: number
}

export interface Order {
  readonly id: number
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly arguments?: JsonObject
  /** To be killed between the verdict and the answer. */
  readonly dies?: boolean
}

export type Report = { readonly ready: true } | { readonly id: number; readonly code: string }

process.once('message', (setup: Setup) => void serve(setup))

async function serve({ file, audience, trust, documents, now }: Setup): Promise<void> {
  const clock = () => now
  const served = new Map(documents)
  const stores = await openSqliteStores({ file, clock })
  const verifier = createVerifier({
    audience,
    trust: [trust],
    freshness: { '*': 'sensitive' },
    clock,
    usage: stores.usage,
    replay: stores.replay,
    fetch: async (input) => {
      const text = served.get(String(input))
      return text === undefined ? new Response(null, { status: 404 }) : new Response(text)
    },
  })
  await verifier.sync()
  process.on('message', async ({ id, target, headers, arguments: args, dies }: Order) => {
    const request = { method: 'GET', target, header: (name: string) => headers[name] }
    const ask = { action: 'mail.read', ...(args === undefined ? {} : { arguments: args }) }
    const verdict = await verifier.verify(request, ask)
    if (dies === true) process.kill(process.pid, 'SIGKILL')
    report({ id, code: verdict.verified ? 'verified' : verdict.refusal.code })
  })
  report({ ready: true })
}

function report(message: Report): void {
  process.send?.(message)
}
