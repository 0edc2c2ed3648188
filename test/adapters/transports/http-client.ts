import type { Call, Caller, Connection, Outcome, Scene } from './scene.ts'
import { fetchThrough, type Tap, untouched, type WireFetch } from './wire.ts'

/** How requests prove whose they are. */
export type HttpProof = 'signed' | 'bearer'

/** A client of `POST /read` and `POST /send`: `agent.fetch`, or one that knows nothing but a bearer token. */
export async function connectHttp(scene: Scene, caller: Caller, proof: HttpProof): Promise<Connection> {
  let tap = untouched
  const wire = fetchThrough(() => tap)
  const agent = await scene.agentOf(caller, wire)
  const audience = caller.audience ?? `${scene.origin}/`
  const token = proof === 'bearer' ? await agent.token({ audience }) : undefined
  const fetch = token === undefined ? agent.fetch : withBearer(token, wire)
  return {
    call: async (call, tapped = untouched) => {
      tap = redirectedFrom(caller.audience, scene.origin, tapped)
      const url = new URL(call.tool, caller.audience ?? `${scene.origin}/`)
      return readAnswer(await fetch(url.href, initOf(call)))
    },
    close: async () => {},
  }
}

/** What was meant for another service arrives at this one. */
function redirectedFrom(audience: string | undefined, origin: string, tap: Tap): Tap {
  return audience === undefined
    ? tap
    : (wire) => tap({ ...wire, url: new URL(wire.url.pathname + wire.url.search, origin) })
}

function initOf({ args }: Call): RequestInit {
  return { method: 'POST', body: JSON.stringify(args), headers: { 'content-type': 'application/json' } }
}

export function withBearer(token: string, fetch: WireFetch): WireFetch {
  return (input, init) => {
    const headers = new Headers(init?.headers)
    headers.set('authorization', `Bearer ${token}`)
    return fetch(input, { ...init, headers })
  }
}

/** A client that goes by the status; a refusal has to say so in its media type as well. */
async function readAnswer(response: Response): Promise<Outcome> {
  const text = await response.text()
  const { status } = response
  if (response.ok) return { status, result: text }
  const isProblem = response.headers.get('content-type') === 'application/problem+json'
  return isProblem ? { status, code: JSON.parse(text).code } : { status }
}
