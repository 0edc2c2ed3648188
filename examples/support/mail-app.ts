// #region app
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { requireDelegation } from 'procura/fetch'
import type { Verifier } from 'procura/verifier'

/** A mail service for whatever runs `fetch` handlers: nothing in it is of Node. */
export function mailApp(verifier: Verifier): Hono {
  const app = new Hono()
  const inbox = requireDelegation(
    { verifier, ask: { action: 'mail.read' } },
    (_request, { agent, owner }) => {
      return Response.json({ agent, owner })
    },
  )
  const outbox = requireDelegation(
    { verifier, ask: (_request, body) => ({ action: 'mail.send', arguments: readJson(body) }) },
    async (request) => Response.json(await request.json(), { status: 202 }),
  )
  app.get('/inbox', ({ req }) => inbox(req.raw)) // a gate takes the Request, not what Hono makes of it
  app.post('/outbox', ({ req }) => outbox(req.raw))
  app.post('/.well-known/agent-delegation', ({ req }) => inbox(req.raw)) // chains that no header holds
  return app
}

/** Anybody can send anything: what is no JSON is answered 400, before anything was verified. */
function readJson(body: Uint8Array) {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    throw new HTTPException(400, { message: 'the body is no JSON' })
  }
}
// #endregion
