import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { decodeBitstring } from '../../../src/status/bitstring.ts'
import { itemsFor } from '../cost.ts'
import { measure, measureUnits, type Progress } from '../measure.ts'
import { type Row, rowOf } from '../rows.ts'
import { memoryRows } from './memory.ts'
import {
  type Chains,
  coldSubject,
  followingVerifier,
  makeChains,
  presentToken,
  revokedSubject,
  tokenSubject,
  warmSubject,
} from './own.ts'
import { type PeerMaterial, peerSubjects } from './peer-subjects.ts'
import { sizeRows } from './size.ts'
import { ASK, AUDIENCE, BenchWorld, NOW } from './world.ts'

/** Items in a slice: enough for some 50 ms. */
const PER_ROUND = 80
const WARM_PER_ROUND = 300
/** Where one takes ten milliseconds and more. */
const SLOW_PER_ROUND = 6

const WORKERS: string = fileURLToPath(new URL('workers.ts', import.meta.url))

const CHALLENGE = 'b'.repeat(32)

/** What verifying costs, beside what it costs elsewhere: the group `verify` of docs/performance.md. */
export async function* verifyRows(progress: Progress, peers: boolean): AsyncGenerator<Row> {
  progress('an authority with its status')
  const world = await BenchWorld.create()
  const chains = await makeChains(world, 3, PER_ROUND)
  yield* coldRows(world, chains, progress)
  yield* mechanismRows(world, chains, progress, peers)
  yield* warmRows(world, progress)
  progress('verify.workers2')
  yield rowOf('verify.workers2', workersRatio(), 'x', { atLeast: 1.8 })
  yield* sizeRows(progress)
  yield* memoryRows(progress)
}

async function* coldRows(world: BenchWorld, ofThree: Chains, progress: Progress): AsyncGenerator<Row> {
  for (const [length, atMost] of [
    [2, 3.6],
    [3, 4.9],
    [5, 7.3],
  ] as const) {
    progress(`chains of ${length}`)
    const chains = length === 3 ? ofThree : await makeChains(world, length, PER_ROUND)
    const name = `verify.cold.d${length}.jwt`
    yield await measure(await coldSubject(name, world, chains, await followingVerifier(world)), progress, {
      atMost,
    })
  }
  const verifier = await followingVerifier(world, { bearer: [ASK.action] })
  const tokens = await tokenSubject('verify.cold.d3.jwt_token', ofThree, verifier)
  yield await measure(tokens, progress, { atMost: 5.3 })
}

/** Chains in the other mechanisms. Two of them have to be quicker than another implementation of the same. */
async function* mechanismRows(
  world: BenchWorld,
  jwt: Chains,
  progress: Progress,
  peers: boolean,
): AsyncGenerator<Row> {
  progress('chains in other mechanisms')
  const jcs = await makeChains(world, 3, PER_ROUND, 'eddsa-jcs-2022')
  const sdJwt = await makeChains(world, 3, PER_ROUND, 'vc+sd-jwt')
  const rdfc = await makeChains(world, 3, SLOW_PER_ROUND, 'eddsa-rdfc-2022')
  const coldJcs = await coldSubject('verify.cold.d3.jcs', world, jcs, await followingVerifier(world))
  yield await measure(coldJcs, progress, { atMost: 5.6 })
  const units = new Map<string, number>()
  if (peers) {
    for await (const subject of peerSubjects(await materialOf(world, { jwt, sdJwt, rdfc }))) {
      units.set(subject.name, await measureUnits(subject, progress))
      yield rowOf(`verify.cold.d3.peer.${subject.name}`, units.get(subject.name) ?? Number.NaN, 'u')
    }
  }
  const vc = units.get('@digitalbazaar/vc')
  const coldRdfc = await coldSubject(
    'verify.cold.d3.rdfc',
    world,
    rdfc,
    await followingVerifier(world, { rdfc: true }),
  )
  yield await measure(coldRdfc, progress, vc === undefined ? undefined : { atMost: 0.6 * vc })
  const core = units.get('@sd-jwt/core')
  const coldSdJwt = await coldSubject('verify.cold.d3.sdjwt', world, sdJwt, await followingVerifier(world))
  yield await measure(coldSdJwt, progress, core === undefined ? undefined : { atMost: core })
}

async function materialOf(
  world: BenchWorld,
  { jwt, sdJwt, rdfc }: { readonly jwt: Chains; readonly sdJwt: Chains; readonly rdfc: Chains },
): Promise<PeerMaterial> {
  const listDocuments = await world.listDocuments()
  const lists = new Map<string, Uint8Array>()
  for (const [url, { credentialSubject }] of Object.entries(listDocuments)) {
    const { encodedList } = credentialSubject as { encodedList: string }
    const bits = await decodeBitstring(encodedList)
    if (bits.verified) lists.set(url, bits.value)
  }
  const [trial, revoked, forged] = await Promise.all([jwt.trial, jwt.revoked, jwt.forged].map(presentToken))
  const tokens = { good: await Promise.all(jwt.good.map(presentToken)), trial, revoked, forged }
  return {
    tokens: tokens as PeerMaterial['tokens'],
    sdJwt,
    rdfc,
    lists,
    listDocuments,
    audience: AUDIENCE,
    action: ASK.action,
    challenge: CHALLENGE,
    now: NOW,
    count: itemsFor(SLOW_PER_ROUND),
  }
}

/** In a process of its own, because the size of the pool is fixed with its first use. Wall time: it is about using cores. */
function workersRatio(): number {
  const { status, stdout } = spawnSync(process.execPath, [WORKERS], {
    encoding: 'utf8',
    env: { ...process.env, UV_THREADPOOL_SIZE: '2' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error('verify.workers2 cannot be measured')
  return JSON.parse(stdout)
}

async function* warmRows(world: BenchWorld, progress: Progress): AsyncGenerator<Row> {
  for (const length of [3, 5]) {
    progress(`chains of ${length}`)
    const subject = await warmSubject(`verify.warm.d${length}.jwt`, world, length, WARM_PER_ROUND)
    yield await measure(subject, progress, { atMost: 1.3 })
  }
  progress('chains that come to be revoked')
  const revoked = await revokedSubject('verify.known_revoked', world, WARM_PER_ROUND)
  yield await measure(revoked, progress, { atMost: 0.15 })
}
