// A service that lets agents read an inbox: service.ts http://127.0.0.1:8080/, with anchor.json in the working directory.
// #region service
import { readFileSync } from 'node:fs'
import express from 'express'
import { delegated, delegationOf, requireDelegation } from 'procura/express'
import { createVerifier } from 'procura/verifier'

const [audience = 'http://127.0.0.1:8080/'] = process.argv.slice(2)
const trust = [JSON.parse(readFileSync('anchor.json', 'utf8'))] // written by procura trust export
const freshness = { '*': 'sensitive' } as const // how old the status may get when it cannot be renewed: 5 min
const verifier = createVerifier({ audience, trust, freshness })
await verifier.start()

const app = express()
app.use(delegated(verifier))
app.get('/inbox', requireDelegation('mail.read'), (req, res) => {
  const { agent, owner, purpose } = delegationOf(req)
  res.json({ inbox: ['Hello!'], agent, owner, purpose })
})
app.listen(Number(new URL(audience).port), '127.0.0.1')
// #endregion
