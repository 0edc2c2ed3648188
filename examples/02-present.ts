// Present: an agent signs each request that it sends, and carries its power of attorney along.
import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { createAgent } from 'procura/agent'
import { startIssuer } from './support/issuer.ts'
import { originOf } from './support/loopback.ts'

// a service that verifies nothing, to see what goes over the wire
const received: IncomingHttpHeaders[] = []
const server = createServer((req, res) => {
  received.push(req.headers)
  res.end()
})
const origin = await originOf(server)

await using issuer = await startIssuer()
const { key, chain } = await issuer.delegate(`${origin}/`, ['mail.read'])

// as an operator would set them; each may also be a file: PROCURA_AGENT_KEY_FILE
process.env.PROCURA_AGENT_KEY = JSON.stringify(key)
process.env.PROCURA_CREDENTIAL = JSON.stringify({ chain })
process.env.PROCURA_ISSUER = issuer.origin

// #region present
const agent = await createAgent.fromEnv()
await agent.fetch(`${origin}/inbox`)
// #endregion
await agent.fetch(`${origin}/inbox`, { method: 'POST', body: 'anything new?' })

const [get = {}, post = {}] = received
show('GET /inbox', get)
show('POST /inbox', post)

// the chain is the same, the signature is of this request alone: another nonce, and the body's digest
assert.equal(get['agent-delegation'], post['agent-delegation'])
assert.notEqual(get['signature-input'], post['signature-input'])
assert.match(String(post['signature-input']), /"content-digest"/)

server.close()

function show(title: string, headers: IncomingHttpHeaders): void {
  console.log(title)
  for (const name of ['agent-delegation', 'content-digest', 'signature-input', 'signature']) {
    const value = headers[name]
    if (value !== undefined) console.log(`  ${name}: ${String(value).slice(0, 80)} …`)
  }
}
