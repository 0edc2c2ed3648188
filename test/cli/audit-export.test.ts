import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { readLines } from '../../src/cli/audit/read-lines.ts'
import { verifyExport } from '../../src/cli/audit/verify-export.ts'
import { encodeBase64 } from '../../src/core/base64.ts'
import type { AuditEntry } from '../../src/issuer/records.ts'
import type { Signer } from '../../src/model/signer.ts'
import { encodeVerifierKey } from '../../src/securing/signed-note/note.ts'
import { writeExportLine } from '../../src/server/audit/export-lines.ts'
import { leafHashOf } from '../../src/server/audit/grow-tree.ts'
import {
  AUDIT_ORIGIN,
  chained,
  checkpointOf,
  contentOf,
  exportOf,
  trailOf,
} from '../helpers/audit-exports.ts'
import { didOf, newSigner } from '../helpers/issuer-service.ts'
import { run, scratch } from './run.ts'

let signer: Signer
let vkey: string

beforeAll(async () => {
  signer = await newSigner()
  vkey = encodeVerifierKey({ name: AUDIT_ORIGIN, key: signer.publicKey })
})

/** What `audit verify` says of a file with this content. */
async function verify(content: string | Uint8Array, held?: string, key = vkey) {
  const directory = scratch()
  writeFileSync(join(directory, 'trail.jsonl'), content)
  if (held !== undefined) writeFileSync(join(directory, 'kept.txt'), held)
  const more = held === undefined ? [] : ['--checkpoint', 'kept.txt']
  const words = ['audit', 'verify', 'trail.jsonl', '--key', key, ...more, '--json']
  const { code, stdout, stderr } = await run(words, { directory })
  return { code, ...JSON.parse(stdout === '' ? stderr : stdout) }
}

function lines(entries: readonly AuditEntry[]): string[] {
  return entries.map(writeExportLine)
}

/** The line of an entry whose text was removed. */
function removed(entry: AuditEntry): string {
  return writeExportLine({ seq: entry.seq, removed: true, leaf: encodeBase64(leafHashOf(entry)) })
}

describe('procura audit verify', () => {
  it('says that a registry was restored, not that its trail was rewritten, when a kept checkpoint is of the trail that was lost', async () => {
    const [lost, common] = [trailOf(9), trailOf(5)]
    const told = { ...contentOf(6), action: 'registry.catch_up' }
    const anew = [...common, chained(common.at(-1)?.hash, told)]
    for (const seq of [7, 8, 9]) anew.push(chained(anew.at(-1)?.hash, contentOf(seq)))
    const closing = writeExportLine({
      checkpoint: await checkpointOf(anew, signer, `${AUDIT_ORIGIN}/1763888400000`),
    })
    const text = [...lines(anew), closing].join('')

    expect(await verify(text, await checkpointOf(common, signer))).toMatchObject({ code: 0, from: 5 })
    expect(await verify(text, await checkpointOf(lost, signer))).toMatchObject({
      code: 3,
      seq: 6,
      problem: 'restored',
    })
    expect(await verify(text, await checkpointOf(trailOf(5, 'other'), signer))).toMatchObject({
      code: 3,
      problem: 'rewritten',
    })
  })

  it('finds an export intact, by any form of the key [A2]', async () => {
    const text = await exportOf(trailOf(9), signer)
    const directory = scratch()
    writeFileSync(join(directory, 'audit.key'), `${vkey}\n`)
    writeFileSync(join(directory, 'trail.jsonl'), text)

    for (const key of [vkey, didOf(signer), 'audit.key']) {
      const outcome = await run(['audit', 'verify', 'trail.jsonl', '--key', key], { directory })
      expect(outcome).toMatchObject({ code: 0, stderr: '' })
      expect(outcome.stdout).toContain('Intact: 9 entries under one signed checkpoint.')
    }
    expect(await verify(text)).toMatchObject({
      code: 0,
      intact: true,
      entries: 9,
      removed: 0,
      origin: AUDIT_ORIGIN,
    })
  })

  it('detects every byte that was changed, taken away or put in [AL-01] [A2]', async () => {
    const bytes = Buffer.from(await exportOf(trailOf(3), signer))
    const keys = [{ name: AUDIT_ORIGIN, key: signer.publicKey }]
    const path = join(scratch(), 'trail.jsonl')
    const verdictOf = async (content: Uint8Array) => {
      writeFileSync(path, content)
      return (await verifyExport(readLines(path), { keys })).intact
    }
    expect(await verdictOf(bytes)).toBe(true)
    for (let at = 0; at < bytes.length; at++) {
      const flipped = bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
      const shorter = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])
      const longer = Buffer.concat([bytes.subarray(0, at), Buffer.from(' '), bytes.subarray(at)])
      for (const content of [flipped, shorter, longer, bytes.subarray(0, at)]) {
        expect(await verdictOf(content), `byte ${at}`).toBe(false)
      }
    }
  })

  it.each([
    [
      'an entry changed',
      (all: string[]) => all.with(3, all[3]?.replace('agt_4', 'agt_9') ?? ''),
      4,
      'hash_mismatch',
    ],
    ['an entry taken out', (all: string[]) => all.toSpliced(3, 1), 4, 'gap'],
    ['an entry put in', (all: string[]) => all.toSpliced(3, 0, all[3] ?? ''), 5, 'gap'],
    ['two entries exchanged', (all: string[]) => all.with(3, all[4] ?? '').with(4, all[3] ?? ''), 4, 'gap'],
    ['the tail cut', (all: string[]) => all.toSpliced(4, 2), 5, 'truncated'],
    ['the checkpoint cut', (all: string[]) => all.slice(0, -1), 7, 'no_checkpoint'],
    ['a line cut', (all: string[]) => [...all.slice(0, 3), all[3]?.slice(0, 20) ?? ''], 4, 'malformed'],
    ['no entry at all', () => [], 1, 'no_checkpoint'],
    [
      'an entry of another tenant',
      (all: string[]) => all.with(3, writeExportLine(trailOf(6, 'because', 'globex')[3] as AuditEntry)),
      4,
      'foreign_tenant',
    ],
    [
      'an entry changed together with its hash',
      (all: string[]) => all.with(3, writeExportLine(chained('A'.repeat(43), contentOf(4)))),
      4,
      'broken_link',
    ],
  ])('names the first bad entry: %s [AL-01]', async (_, change, seq, problem) => {
    const all = (await exportOf(trailOf(6), signer)).split(/(?<=\n)/)

    expect(await verify(change(all).join(''))).toEqual({ code: 3, intact: false, seq, problem })
    expect(await verify(all.join(''))).toMatchObject({ code: 0 })
  })

  it('finds a trail that was written anew, though every entry follows, by the checkpoint [AL-02]', async () => {
    const [trail, anew] = [trailOf(6), trailOf(6, 'nothing happened')]
    const held = await checkpointOf(trail.slice(0, 4), signer)
    const closing = writeExportLine({ checkpoint: await checkpointOf(trail, signer) })
    const signedAgain = await exportOf(anew, signer)

    expect(await verify(lines(anew).join('') + closing)).toMatchObject({
      code: 3,
      problem: 'rewritten',
      seq: 1,
    })
    expect(await verify(signedAgain)).toMatchObject({ code: 0 })
    expect(await verify(signedAgain, held)).toMatchObject({ code: 3, problem: 'rewritten', seq: 1 })
    expect(await verify(await exportOf(trail, signer), held)).toMatchObject({ code: 0, from: 4 })
  })

  it('finds a trail that was cut and signed again by a checkpoint that was kept [AL-01]', async () => {
    const trail = trailOf(6)
    const cut = await exportOf(trail.slice(0, 4), signer)
    const held = await checkpointOf(trail, signer)

    expect(await verify(cut)).toMatchObject({ code: 0 })
    expect(await verify(cut, held)).toEqual({ code: 3, intact: false, seq: 5, problem: 'truncated' })
  })

  it('finds the stretch in which a trail was written anew between checkpoints [AL-02]', async () => {
    const [trail, anew] = [trailOf(4), trailOf(9, 'nothing happened')]
    const note = writeExportLine({ checkpoint: await checkpointOf(trail, signer) })
    const rest = lines(anew).slice(4)
    const fit = chained(trail[3]?.hash, contentOf(5))
    const closing = writeExportLine({ checkpoint: await checkpointOf([...trail, fit], signer) })

    expect(await verify([...lines(trail), note, writeExportLine(fit), closing].join(''))).toMatchObject({
      code: 0,
    })
    expect(await verify([...lines(trail), note, ...rest, closing].join(''))).toMatchObject({
      seq: 5,
      code: 3,
    })
  })

  it('takes no other key, and none at all as no proof', async () => {
    const text = await exportOf(trailOf(3), signer)
    const other = await newSigner()
    const directory = scratch()
    writeFileSync(join(directory, 'trail.jsonl'), text)

    expect(await verify(text, undefined, didOf(other))).toMatchObject({ code: 3, problem: 'bad_checkpoint' })
    expect(await run(['audit', 'verify', 'trail.jsonl'], { directory })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--key'),
    })
    expect(await verify(text, await checkpointOf(trailOf(2), other))).toMatchObject({ code: 2 })
    expect(await verify(text, undefined, 'no-such-file')).toMatchObject({ code: 1 })
    expect(await verify(text, undefined, 'trail.jsonl')).toMatchObject({ code: 2 })
  })

  it('takes checkpoints of an earlier key where that key is named, too', async () => {
    const [trail, earlier, directory] = [trailOf(5), await newSigner(), scratch()]
    const note = writeExportLine({ checkpoint: await checkpointOf(trail.slice(0, 2), earlier) })
    const closing = writeExportLine({ checkpoint: await checkpointOf(trail, signer) })
    writeFileSync(join(directory, 'trail.jsonl'), [...lines(trail).toSpliced(2, 0, note), closing].join(''))
    const words = ['audit', 'verify', 'trail.jsonl', '--key', vkey]

    expect((await run(words, { directory })).stdout).toContain('--key')
    expect((await run(words, { directory })).code).toBe(3)
    expect((await run([...words, '--key', didOf(earlier)], { directory })).code).toBe(0)
  })

  it('passes over texts that an entry says were removed, and over no others [AL-01]', async () => {
    const trail = trailOf(5)
    const told = { ...contentOf(6), action: 'audit.remove', details: { until: 3 } }
    const whole = [...trail, chained(trail.at(-1)?.hash, told)]
    const closing = writeExportLine({ checkpoint: await checkpointOf(whole, signer) })
    const without = (count: number) =>
      [...whole.slice(0, count).map(removed), ...lines(whole.slice(count)), closing].join('')

    expect(await verify(without(3))).toMatchObject({ code: 0, removed: 3, entries: 6 })
    expect(await verify(without(4))).toEqual({ code: 3, intact: false, seq: 4, problem: 'unexplained' })
    const middle = [...lines(whole).with(2, removed(whole[2] as AuditEntry)), closing].join('')
    expect(await verify(middle)).toMatchObject({ code: 0, removed: 1 })
    const another = without(3).replace(encodeBase64(leafHashOf(whole[1] as AuditEntry)), `${'A'.repeat(43)}=`)
    expect(await verify(another)).toMatchObject({ code: 3, problem: 'rewritten' })
  })

  it('never throws, whatever the file is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json(), fc.uint8Array()), async (content) => {
        expect((await verify(content)).code).toBe(3)
      }),
      { numRuns: 40 },
    )
  })
})

describe('readLines', () => {
  it('reads no line that is longer than any may be', async () => {
    const path = join(scratch(), 'long')
    writeFileSync(path, 'x'.repeat(3 * 1024 * 1024))

    const { value: line } = await readLines(path).next()

    expect(line).toMatchObject({ text: undefined })
    expect(readFileSync(path)).toHaveLength(3 * 1024 * 1024)
  })
})
