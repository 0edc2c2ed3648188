import type { StatusPurpose } from '../model/status-list-entry.ts'
import { accept, refuse } from '../refusal.ts'
import type { Ruling, StatusAlarm } from './alarm.ts'
import { bitsDigest } from './bitstring.ts'
import type { KeptRevocations } from './kept-revocations.ts'
import type { SignedBits } from './open-status-list.ts'
import { countMissing, type PackedBits, packBits, readPacked, unionBits, unpackBits } from './packed-bits.ts'
import { statusInvalid } from './status-invalid.ts'
import type { ListView } from './status-view.ts'

/** The last list accepted under one key. Times are milliseconds since 1970. */
export interface ListMark {
  readonly version: number
  /** Digest of the bits as published. */
  readonly digest: string
  readonly validUntil: number
  /** In force by this key's word: for revocation everything it ever set, for suspension its last list. */
  readonly bits: PackedBits
  /** `iatMs` of the newest accepted head that commits to `digest`; 0 when none did. */
  readonly confirmedAt: number
}

/** What is remembered of one list: a mark per key of the status issuer, so that a key that goes takes its own along. */
export interface ListMemory {
  readonly purpose: StatusPurpose
  /** By RFC 7638 thumbprint; never empty. */
  readonly marks: ReadonlyMap<string, ListMark>
}

/**
 * Decides whether `list` may take the place of what is held, and merges it (docs/spec/05-status.md "Rollback").
 * Pure: the memory that goes in is not changed.
 *
 * The version must not be lower than the highest of any key, one version has one content, and a list never gets
 * shorter. Revocation bits are only ever added; suspension bits are replaced.
 *
 * @returns The new memory, with an alarm when the list lacks revocations that are held; else `status_rollback`, or
 *   `status_invalid` when the list is held for another purpose or lost entries.
 */
export function rememberList(held: ListMemory | undefined, list: SignedBits): Ruling<ListMemory> {
  if (held === undefined) return { verdict: accept(withMark(list, undefined, undefined)) }
  if (held.purpose !== list.purpose) return { verdict: statusInvalid('statusPurpose') }
  const newest = newestMark(held)
  if (list.version < newest.version) return { verdict: refuse('status_rollback', { dimension: 'version' }) }
  if (list.version === newest.version) {
    if (list.bitsDigest !== newest.digest) return conflict(newest, list)
    if (held.marks.get(list.keyThumbprint)?.version === list.version) return { verdict: accept(held) }
  }
  if (list.bits.length * 8 < newest.bits.entries) return { verdict: statusInvalid('encodedList') }
  const verdict = accept(withMark(list, held, newest))
  const cleared = list.purpose === 'revocation' ? countCleared(held, list.bits) : 0
  return cleared === 0 ? { verdict } : { verdict, alarm: clearedAlarm(list, cleared) }
}

/** The list as a verifier reads it: bits of all keys for revocation, those of the newest list for suspension. */
export function viewOf(memory: ListMemory): ListView {
  const { version, digest, validUntil, confirmedAt, bits } = newestMark(memory)
  const others = memory.purpose === 'revocation' ? otherBits(memory, bits) : []
  return {
    purpose: memory.purpose,
    version,
    digest,
    asOf: Math.max(version, confirmedAt),
    validUntil,
    read: (index) => others.some((other) => readPacked(other, index)) || readPacked(bits, index),
  }
}

/**
 * Notes that a head commits to bits with this digest.
 *
 * @returns The same memory when its newest list has other bits: then it stays as old as it was.
 */
export function confirmList(memory: ListMemory, digest: string, iatMs: number): ListMemory {
  const newest = newestMark(memory)
  if (newest.digest !== digest || newest.confirmedAt >= iatMs) return memory
  return mapMarks(memory, (mark) => (mark === newest ? { ...mark, confirmedAt: iatMs } : mark))
}

/** The memory as if no head had ever been seen. */
export function unconfirmList(memory: ListMemory): ListMemory {
  return mapMarks(memory, (mark) => ({ ...mark, confirmedAt: 0 }))
}

/**
 * The bits of the newest list as they were published.
 *
 * @returns `undefined` when they are not held any more, because revocations that it lacks stay in force.
 */
export function publishedBits(memory: ListMemory): Uint8Array | undefined {
  const newest = newestMark(memory)
  const bits = unpackBits(newest.bits)
  return bitsDigest(bits) === newest.digest ? bits : undefined
}

/** Revocations in force that `published` lacks, by key. */
export function unpublishedRevocations(
  url: string,
  memory: ListMemory,
  published: Uint8Array | undefined,
): readonly KeptRevocations[] {
  if (memory.purpose !== 'revocation') return []
  return [...memory.marks]
    .filter(([, mark]) => published === undefined || countMissing(mark.bits, published) > 0)
    .map(([key, { version, bits }]) => ({ list: url, key, version, bits: unpackBits(bits) }))
}

/**
 * The memory with revocations that were in force before, by the same keys. It says nothing else anew: where no list is
 * held, everything but those revocations is beyond its `validUntil`, and the next list that is seen takes its place.
 */
export function withRevocations(held: ListMemory | undefined, kept: KeptRevocations): ListMemory {
  if (held !== undefined && held.purpose !== 'revocation') return held
  const own = held?.marks.get(kept.key)
  const before = Math.max(0, Math.min(kept.version, held ? newestMark(held).version : kept.version) - 1)
  const mark: ListMark =
    own === undefined
      ? { version: before, digest: '', validUntil: 0, confirmedAt: 0, bits: packBits(kept.bits) }
      : { ...own, bits: packBits(joinBits(own.bits, kept.bits)) }
  return { purpose: 'revocation', marks: new Map(held?.marks).set(kept.key, mark) }
}

function joinBits(held: PackedBits, others: Uint8Array): Uint8Array {
  return held.entries <= others.length * 8
    ? unionBits(held, others)
    : unionBits(packBits(others), unpackBits(held))
}

/** The memory without the word of any other key; `undefined` when nothing is left. */
export function keepKeys(memory: ListMemory, keyThumbprints: ReadonlySet<string>): ListMemory | undefined {
  const marks = new Map([...memory.marks].filter(([key]) => keyThumbprints.has(key)))
  if (marks.size === memory.marks.size) return memory
  return marks.size === 0 ? undefined : { ...memory, marks }
}

function withMark(list: SignedBits, held: ListMemory | undefined, newest: ListMark | undefined): ListMemory {
  const own = held?.marks.get(list.keyThumbprint)
  const adds = own !== undefined && list.purpose === 'revocation'
  const mark = {
    version: list.version,
    digest: list.bitsDigest,
    validUntil: list.validUntil,
    bits: packBits(adds ? unionBits(own.bits, list.bits) : list.bits),
    confirmedAt: newest?.digest === list.bitsDigest ? newest.confirmedAt : 0,
  }
  return { purpose: list.purpose, marks: new Map(held?.marks).set(list.keyThumbprint, mark) }
}

/** The list that counts, whichever key signed it. */
export function newestMark({ marks }: ListMemory): ListMark {
  return [...marks.values()].reduce((a, b) => (b.version > a.version ? b : a))
}

function otherBits({ marks }: ListMemory, bits: PackedBits): readonly PackedBits[] {
  return [...marks.values()].map((mark) => mark.bits).filter((other) => other !== bits)
}

/** Revocations in force that `next` lacks; one that two keys said counts twice. */
function countCleared({ marks }: ListMemory, next: Uint8Array): number {
  return [...marks.values()].reduce((count, mark) => count + countMissing(mark.bits, next), 0)
}

function mapMarks(memory: ListMemory, change: (mark: ListMark) => ListMark): ListMemory {
  return { ...memory, marks: new Map([...memory.marks].map(([key, mark]) => [key, change(mark)])) }
}

function conflict(held: ListMark, { statusIssuer, url, version, bitsDigest }: SignedBits): Ruling<never> {
  const digests = { heldDigest: held.digest, presentedDigest: bitsDigest }
  return {
    verdict: refuse('status_rollback', { dimension: 'bits' }),
    alarm: { kind: 'list_conflict', statusIssuer, url, version, ...digests },
  }
}

function clearedAlarm({ statusIssuer, url, version }: SignedBits, cleared: number): StatusAlarm {
  return { kind: 'revocation_cleared', statusIssuer, url, version, cleared }
}
