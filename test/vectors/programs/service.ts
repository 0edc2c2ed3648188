import { requireDelegation } from 'procura/fetch'
import * as status from 'procura/status'
import * as verifier from 'procura/verifier'
import { evaluate } from '../evaluate.ts'
import type { VectorAnswer, VectorQuestion } from '../format.ts'

/*
 * What runs on another runtime: it answers vectors, and has a gate of its own before one handler. Made of nothing but
 * what the package publishes.
 */

/** Answers vectors, one after the other. */
export async function answerVectors(questions: readonly VectorQuestion[]): Promise<VectorAnswer[]> {
  const answers: VectorAnswer[] = []
  for (const question of questions) answers.push(await evaluate({ verifier, status }, question))
  return answers
}

/** A verifier with the platform's own clock and fetch, which has looked at every head once. */
export async function makeVerifier(options: verifier.VerifierOptions): Promise<verifier.Verifier> {
  const made = verifier.createVerifier(options)
  await made.sync()
  return made
}

/**
 * A fetch-style service: `POST /-/vectors` answers vectors, `PUT /-/gate` makes a verifier from options, `POST /-/sync`
 * lets it look at the heads; everything else is behind its gate.
 */
export function createService(): (request: Request) => Promise<Response> {
  let made: verifier.Verifier | undefined
  return async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/-/vectors') return Response.json(await answerVectors(await request.json()))
    if (pathname === '/-/gate') made = await makeVerifier(await request.json())
    if (pathname === '/-/sync') await made?.sync()
    if (pathname.startsWith('/-/')) return Response.json(made?.status() ?? [])
    if (made === undefined) return new Response(null, { status: 404 })
    const gate = requireDelegation(
      { verifier: made, ask: { action: 'mail.read' } },
      async (allowed, delegation) => Response.json({ agent: delegation.agent, body: await allowed.text() }),
    )
    return gate(request)
  }
}
