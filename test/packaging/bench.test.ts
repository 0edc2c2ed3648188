import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { proveSubject } from '../bench/subject.ts'
import {
  coldSubject,
  followingVerifier,
  makeChains,
  revokedSubject,
  tokenSubject,
} from '../bench/verify/own.ts'
import { ASK, BenchWorld } from '../bench/verify/world.ts'

function run(...words: readonly string[]) {
  return spawnSync(process.execPath, ['test/bench/main.ts', ...words], { encoding: 'utf8' })
}

describe('npm run bench', () => {
  it('says what it can do, and that it does not know a word', () => {
    expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('verify') })
    expect(run('verfy', '--json')).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('verfy'),
    })
  })

  it('is no part of the tests, in which no time is asserted', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
    const tested = [scripts.test, scripts.check, readFileSync('.ci/test.mjs', 'utf8')]

    expect(scripts.bench).toContain('test/bench/main.ts')
    expect(tested.filter((script) => script.includes('bench'))).toEqual([])
  })
})

describe('what is measured of the built verifier', () => {
  let world: BenchWorld

  beforeAll(async () => {
    world = await BenchWorld.create()
  })

  it.each([
    ['vc+jwt', 2],
    ['vc+jwt', 5],
    ['eddsa-jcs-2022', 3],
    ['eddsa-rdfc-2022', 3],
    ['vc+sd-jwt', 3],
  ] as const)(
    'accepts the good and refuses a revoked and a forged chain: %s, %i credentials',
    async (mechanism, length) => {
      const chains = await makeChains(world, length, 0, mechanism)
      const verifier = await followingVerifier(world, { rdfc: true })

      await expect(
        proveSubject(await coldSubject(mechanism, world, chains, verifier)),
      ).resolves.toBeUndefined()
    },
  )

  it('does so for tokens and for agents that come back', async () => {
    const verifier = await followingVerifier(world, { bearer: [ASK.action] })
    const tokens = await tokenSubject('tokens', await makeChains(world, 3, 0), verifier)
    const revoked = await revokedSubject('revoked', world, 1)

    await expect(proveSubject(tokens)).resolves.toBeUndefined()
    await expect(proveSubject(revoked)).resolves.toBeUndefined()
    expect(await Promise.all(revoked.items.map((item) => revoked.act(item)))).toEqual(
      revoked.items.map(() => 'revoked'),
    )
  })
})
