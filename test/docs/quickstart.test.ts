import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../helpers/issuer-service.ts'
import { Shell } from '../helpers/shell.ts'
import { snippetsOf } from '../helpers/snippets.ts'

const LIMIT_MS = 150_000
const PATIENCE_MS = 15_000

/** Ids as the text abbreviates them, and as they are. */
const IDS = new Map([
  ['own_…', /own_[\w-]+/],
  ['agt_…', /agt_[\w-]+/],
  ['urn:uuid:…', /urn:uuid:[0-9a-f-]{36}/],
])

mkdirSync('.procura', { recursive: true })
const directory = mkdtempSync('.procura/quick-start-')
let shell: Shell
/** As the latest thing that was created is called. */
const ids = new Map<string, string>()
let servicePort: number
let issuerPort: number

beforeAll(async () => {
  servicePort = await freePort()
  issuerPort = await freePort()
  shell = new Shell({ PROCURA_ORIGIN: `http://127.0.0.1:${issuerPort}` })
  await shell.run('shopt -s expand_aliases')
})

afterAll(async () => {
  await shell.end()
  rmSync(directory, { recursive: true, force: true })
})

/** The commands of the sections "Install" and "Quick start", line by line, but for the build, which tests have behind them. */
function commands(): string[] {
  const section =
    readFileSync('README.md', 'utf8').split('\n## Install\n')[1]?.split('\n## What is built')[0] ?? ''
  return snippetsOf('README.md', section)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.split('\n'))
    .filter((line) => !line.startsWith('npm run build'))
}

/** What a reader types: with the ids that were answered, and here with free ports and a directory of its own. */
function typed(command: string): string {
  const here = command
    .replaceAll('.procura/try', directory)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${servicePort}`)
    .replaceAll('127.0.0.1:8787', `127.0.0.1:${issuerPort}`)
  return [...ids].reduce((line, [short, id]) => line.replaceAll(short, id), here)
}

async function run(command: string): Promise<string> {
  const printed = await shell.run(typed(command))
  for (const [short, pattern] of command.includes(' create ') ? IDS : []) {
    const [id] = pattern.exec(printed) ?? []
    if (id !== undefined) ids.set(short, id)
  }
  if (command.endsWith('&')) await listening(command.includes('serve &') ? issuerPort : servicePort)
  return printed
}

async function listening(port: number): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    if (await answers(port)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`nobody listens on ${port}`)
}

function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  )
}

/** What is published has to arrive: a reader who is quick calls once more. */
async function runUntil(command: string, pattern: RegExp): Promise<string> {
  let printed = await run(command)
  for (const end = Date.now() + PATIENCE_MS; !pattern.test(printed) && Date.now() < end; ) {
    printed = await run(command)
  }
  return printed
}

it(
  'does what the quick start says, from an empty directory to a refusal',
  async () => {
    const lines = commands()
    const [refused = '', end = ''] = lines.slice(-2)
    const printed: string[] = []
    for (const line of lines.slice(0, -2)) printed.push(await run(line))

    expect(printed.join('\n')).toMatch(/^200 .*"inbox":\["Hello!"\]/m)
    expect(await runUntil(refused, /^401/m)).toMatch(/^401 .*"code":"revoked"/m)
    await run(end)
    await expect
      .poll(async () => [await answers(issuerPort), await answers(servicePort)])
      .toEqual([false, false])
    expect(lines.length).toBeGreaterThan(10)
  },
  LIMIT_MS,
)
