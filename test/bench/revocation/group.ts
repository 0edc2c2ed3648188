import type { Progress } from '../measure.ts'
import type { Row } from '../rows.ts'
import { bytesRows } from './bytes.ts'
import { latencyRows } from './latency.ts'
import { syncRows } from './sync.ts'

/** How soon a revocation is refused, and what it takes to know of all of them: the group `revocation` of docs/performance.md. */
export async function* revocationRows(
  progress: Progress,
  _peers: boolean,
  isQuick: boolean,
): AsyncGenerator<Row> {
  yield* latencyRows(progress, isQuick)
  yield* syncRows(progress)
  yield* bytesRows(progress, isQuick)
}
