import { beforeEach, inject } from 'vitest'
import { requireOrSkip } from './available.ts'

beforeEach((context) => {
  requireOrSkip(context, 'postgresql', inject('postgresPort') !== undefined)
})
