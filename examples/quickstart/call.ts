// An agent that calls a URL. Who it is stands in the environment.
// #region call
import { createAgent } from 'procura/agent'

const agent = await createAgent.fromEnv() // PROCURA_AGENT_KEY_FILE, PROCURA_CREDENTIAL_FILE, PROCURA_ISSUER
const [url = 'http://127.0.0.1:8080/inbox'] = process.argv.slice(2)
const response = await agent.fetch(url)
console.log(response.status, await response.text())
// #endregion
