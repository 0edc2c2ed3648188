import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { carried } from './build/carried.ts'
import { chains } from './build/chains.ts'
import { constraints } from './build/constraints.ts'
import { credentials } from './build/credentials.ts'
import { dataIntegrity } from './build/data-integrity.ts'
import { dids } from './build/dids.ts'
import { emergencyLists } from './build/emergency.ts'
import { following } from './build/following.ts'
import { grants } from './build/grants.ts'
import { jws } from './build/jws.ts'
import { policy } from './build/policy.ts'
import { presentations } from './build/presentations.ts'
import { requests } from './build/requests.ts'
import { retrieval } from './build/retrieval.ts'
import { sdJwt } from './build/sd-jwt.ts'
import { status } from './build/status.ts'
import { statusArtifacts } from './build/status-artifacts.ts'
import { tokens } from './build/tokens.ts'
import { trust } from './build/trust.ts'
import { usage } from './build/usage.ts'
import type { Expected, VectorCase, VectorFile } from './format.ts'

/*
 * npm run vectors:write writes the vectors and the lists in README.md; npm run vectors:write -- --check tells whether
 * they are what would be written. The same in every run and on every machine: keys come from seeds, time is fixed, chance is
 * drawn from a hash, ECDSA is that of RFC 6979, and lists are compressed in plain JavaScript.
 */

const FOLDER = import.meta.dirname
const README = `${FOLDER}/README.md`
const [BEGIN, END] = ['<!-- vectors -->\n', '<!-- /vectors -->']
const THEMES = [
  chains,
  grants,
  constraints,
  credentials,
  jws,
  sdJwt,
  dataIntegrity,
  requests,
  tokens,
  presentations,
  trust,
  policy,
  usage,
  dids,
  status,
  retrieval,
  statusArtifacts,
  following,
  emergencyLists,
  carried,
]

const files = await Promise.all(THEMES.map((make) => make()))
const wanted = new Map(
  files.map((file) => [`${FOLDER}/${file.theme}.json`, `${JSON.stringify(file, null, 1)}\n`]),
)
wanted.set(README, withLists(readFileSync(README, 'utf8'), files))
const stale = globSync(`${FOLDER}/*.json`).filter((path) => !wanted.has(path))
const count = files.reduce((sum, { cases }) => sum + cases.length, 0)

const differing = [...wanted].filter(
  ([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text,
)
const names = [...differing.map(([path]) => path), ...stale].map((path) => path.slice(FOLDER.length + 1))
const isCheck = process.argv.includes('--check')

if (!isCheck) {
  for (const [path, text] of differing) writeFileSync(path, text)
  for (const path of stale) rmSync(path)
}
const outcome =
  names.length === 0 ? 'unchanged' : `${isCheck ? 'would change' : 'changed'}: ${names.join(', ')}`
process.stdout.write(`${count} vectors in ${files.length} files, ${outcome}\n`)
process.exitCode = isCheck && names.length > 0 ? 1 : 0

/** README.md with a line for each vector. */
function withLists(readme: string, themes: readonly VectorFile[]): string {
  const [before, rest = ''] = readme.split(BEGIN)
  const [, after] = rest.split(END)
  return `${before}${BEGIN}${themes.map(listOf).join('\n')}${END}${after}`
}

function listOf({ theme, about, cases }: VectorFile): string {
  const rows = cases.map(
    (vector) =>
      `| ${nameOf(vector)} | ${cell(vector.title)} | ${outcomeOf(vector)} | ${(vector.threats ?? []).join(' ')} |`,
  )
  return `\n### [${theme}.json](${theme}.json)\n${about}\n\n| vector | what is presented | outcome | threats |\n|---|---|---|---|\n${rows.join('\n')}\n`
}

function nameOf({ id }: VectorCase): string {
  return id.slice(id.indexOf('/') + 1)
}

function outcomeOf({ steps }: VectorCase): string {
  return steps.map(({ expected }) => wordOf(expected)).join(', then ')
}

function wordOf(expected: Expected): string {
  if (expected.verified) return 'accepted'
  const link = 'link' in expected && expected.link !== undefined ? ` at link ${expected.link}` : ''
  return `\`${expected.code}\`${link}`
}

/** White space would end the row, a bar the cell. */
function cell(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|')
}
