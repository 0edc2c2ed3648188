import { expect, it } from 'vitest'
import { ProcuraError } from '../../../src/errors.ts'
import { problemResponse, toApiError } from '../../../src/server/problem-details.ts'

async function answerTo(thrown: unknown) {
  const response = problemResponse(toApiError(thrown), '1')
  const { code, detail } = (await response.json()) as { code: string; detail?: string }
  return { status: response.status, retryAfter: response.headers.get('retry-after'), code, detail }
}

it('says whether it is known that nothing was done', async () => {
  const unavailable = { status: 503, retryAfter: '1', code: 'unavailable' }

  expect(await answerTo(new ProcuraError('ERR_PROCURA_STORAGE', 'the disk is full'))).toEqual(unavailable)
  expect(await answerTo(new ProcuraError('ERR_PROCURA_OUTCOME_UNKNOWN', 'cut'))).toEqual({
    ...unavailable,
    detail: expect.stringMatching(/not known: .* same Idempotency-Key/),
  })
})
