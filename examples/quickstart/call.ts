// An agent that calls a URL. Who it is stands in PROCURA_AGENT_KEY_FILE and PROCURA_CREDENTIAL_FILE.
import { createAgent } from 'procura/agent'

const [url = 'http://127.0.0.1:8080/inbox'] = process.argv.slice(2)
const agent = await createAgent.fromEnv()
const response = await agent.fetch(url)
console.log(response.status, await response.text())
