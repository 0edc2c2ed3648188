import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { delegated, delegationOf, requireDelegation } from '../../../src/adapters/express/index.ts'
import { connectHttp, type HttpProof } from './http-client.ts'
import { ACTIONS, type RunningService, Scene, type Tool } from './scene.ts'

/** Listens on a free port of the loopback interface. */
export async function listen(): Promise<{ server: ReturnType<typeof createServer>; origin: string }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

export async function startExpress(proof: HttpProof): Promise<RunningService & { scene: Scene }> {
  const { server, origin } = await listen()
  const scene = await Scene.create(origin)
  const app = express()
  app.use(delegated(scene.verifier, { onVerdict: scene.onVerdict }))
  for (const tool of Object.keys(ACTIONS) as Tool[]) {
    app.post(`/${tool}`, requireDelegation(ACTIONS[tool]), (req, res) => {
      scene.served.push(tool)
      res.json({ did: tool, by: delegationOf(req).agent, with: req.body })
    })
  }
  server.on('request', app)
  return {
    scene,
    connect: (caller) => connectHttp(scene, caller, proof),
    close: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
