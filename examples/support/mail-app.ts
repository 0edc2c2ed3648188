import { Hono } from 'hono'
import { requireDelegation } from 'procura/fetch'
import type { Verifier } from 'procura/verifier'

/** A mail service for whatever runs `fetch` handlers: nothing in it is of Node. */
export function mailApp(verifier: Verifier): Hono {
  const app = new Hono()
  // #region routes
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
  app.get('/inbox', ({ req }) => inbox(req.raw))
  app.post('/outbox', ({ req }) => outbox(req.raw))
  // #endregion
  app.post('/.well-known/agent-delegation', ({ req }) => inbox(req.raw)) // chains that no header holds
  return app
}

/** What is no JSON throws: Hono answers 500, and nothing is sent. */
function readJson(body: Uint8Array) {
  return JSON.parse(new TextDecoder().decode(body))
}
