// A service that lets agents read an inbox: service.ts http://127.0.0.1:8080/, with anchor.json in the working directory.
import { readFileSync } from 'node:fs'
import express from 'express'
import { delegated, delegationOf, requireDelegation } from 'procura/express'
import { createVerifier } from 'procura/verifier'

const [audience = 'http://127.0.0.1:8080/'] = process.argv.slice(2)
const trust = JSON.parse(readFileSync('anchor.json', 'utf8'))

// once a second, so that a quick start is quick; the default for this policy is every 30 s
const policy = { freshness: { '*': 'sensitive' }, pollSeconds: 1 } as const
const verifier = createVerifier({ audience, trust: [trust], ...policy })
await verifier.start()

const app = express()
app.use(delegated(verifier))
app.get('/inbox', requireDelegation('mail.read'), (req, res) => {
  const { agent, owner, purpose } = delegationOf(req)
  res.json({ inbox: ['Hello!'], agent, owner, purpose })
})
app.listen(Number(new URL(audience).port), '127.0.0.1')
