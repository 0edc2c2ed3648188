import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { requireDelegation } from '../../../src/adapters/fetch/index.ts'
import { type JsonObject, parseStrictJson } from '../../../src/core/json.ts'
import { listen } from './express.ts'
import { connectHttp, type HttpProof } from './http-client.ts'
import { ACTIONS, type RunningService, Scene, type Tool } from './scene.ts'

export async function startHono(proof: HttpProof): Promise<RunningService & { scene: Scene }> {
  const { server, origin } = await listen()
  const scene = await Scene.create(origin)
  const app = new Hono()
  for (const tool of Object.keys(ACTIONS) as Tool[]) {
    const ask = (_: Request, body: Uint8Array) => ({ action: ACTIONS[tool], arguments: readArguments(body) })
    const { verifier, onVerdict } = scene
    const gate = requireDelegation({ verifier, ask, onVerdict }, async (request, { agent }) => {
      scene.served.push(tool)
      return Response.json({ did: tool, by: agent, with: await request.json() })
    })
    app.post(`/${tool}`, (c) => gate(c.req.raw))
  }
  server.on('request', getRequestListener(app.fetch))
  return {
    scene,
    connect: (caller) => connectHttp(scene, caller, proof),
    close: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function readArguments(body: Uint8Array): JsonObject {
  return (parseStrictJson(new TextDecoder().decode(body)) ?? {}) as JsonObject
}
