import { play } from './play.ts'
import { setScene } from './scene.ts'
import { type DemoReport, type Step, Steps } from './steps.ts'

/**
 * Shows the main job with real processes: an issuer on SQLite, a service that verifies, and agents.
 *
 * @param tell Called with each sentence as it happens; not with `--json`.
 * @returns What happened. Everything that was started is stopped, and what was written is removed.
 */
export async function runDemo(tell: (line: string) => void): Promise<DemoReport> {
  tell('An issuer, a mail service that verifies, and a process for the agents are started …')
  const scene = await setScene()
  const stopListening = onInterrupt(() => scene.close())
  try {
    const report = await play(scene, new Steps((step) => tell(lineOf(step))))
    tell('')
    tell(summaryOf(report))
    return report
  } finally {
    stopListening()
    await scene.close()
  }
}

/** An interrupted demo leaves nothing behind either. */
function onInterrupt(close: () => Promise<void>): () => void {
  const end = (): void => {
    void close().finally(() => process.exit(130))
  }
  process.once('SIGINT', end).once('SIGTERM', end)
  return () => void process.off('SIGINT', end).off('SIGTERM', end)
}

function lineOf({ name, expected, got, ok, ms }: Step): string {
  const outcome = ok ? got : `${got}, but it should be: ${expected}`
  return `${ok ? '✓' : '✗'} ${name}: ${outcome} (${ms} ms)`
}

function summaryOf({ ok, steps, revokeToRefusedMs, issuerCallsDuringVerify }: DemoReport): string {
  const failed = steps.filter((step) => !step.ok).length
  return [
    `From the revocation to the first refusal: ${revokeToRefusedMs} ms.`,
    `Requests that the service made to the issuer in order to verify: ${issuerCallsDuringVerify}.`,
    ok ? 'Every step did what it should.' : `${failed} of ${steps.length} steps did not do what they should.`,
  ].join('\n')
}
