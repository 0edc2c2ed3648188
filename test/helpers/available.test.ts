import { afterEach, describe, expect, it, type TestContext, vi } from 'vitest'
import { requireOrSkip } from './available.ts'

function contextOf() {
  const skip = vi.fn()
  const context = { skip, task: { meta: {} } } as unknown as TestContext
  return { skip, context }
}

describe('requireOrSkip', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('lets the test run where what it needs is there', () => {
    const { skip, context } = contextOf()

    requireOrSkip(context, 'postgresql', true)

    expect(skip).not.toHaveBeenCalled()
  })

  it('skips the test and notes what it would have needed', () => {
    vi.stubEnv('PROCURA_REQUIRE_ALL', undefined)
    const { skip, context } = contextOf()

    requireOrSkip(context, 'postgresql', false)

    expect(skip).toHaveBeenCalledOnce()
    expect(context.task.meta.needs).toBe('postgresql')
  })

  it('fails the test instead where everything is required', () => {
    vi.stubEnv('PROCURA_REQUIRE_ALL', '1')
    const { skip, context } = contextOf()

    expect(() => requireOrSkip(context, 'postgresql', false)).toThrow(/postgresql is not available/)
    expect(skip).not.toHaveBeenCalled()
  })
})
