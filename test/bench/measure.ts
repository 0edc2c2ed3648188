import { costOf } from './cost.ts'
import { type Aim, type Row, rowOf } from './rows.ts'
import { actAsExpected, proveSubject, type Subject } from './subject.ts'

/** Told what is under way, for somebody who waits. */
export type Progress = (what: string) => void

/** Proves a subject, then times it. @returns Raw Ed25519 verifications that one item costs. */
export async function measureUnits<T>(subject: Subject<T>, progress: Progress): Promise<number> {
  progress(subject.name)
  await proveSubject(subject)
  const { units } = await costOf(subject.items, (item) => actAsExpected(subject, item))
  return units
}

/** The same as a row. */
export async function measure<T>(subject: Subject<T>, progress: Progress, aim?: Aim): Promise<Row> {
  return rowOf(subject.name, await measureUnits(subject, progress), 'u', aim)
}
