import { describe, expect, it } from 'vitest'
import { HELP, readArguments } from './arguments.ts'

const KNOWN = ['issue', 'verify']

describe('the arguments of the benchmarks', () => {
  it('mean every group when they name none', () => {
    expect(readArguments([], KNOWN)).toEqual({ groups: KNOWN, json: false, peers: true, isQuick: false })
  })

  it('name groups and say how', () => {
    const wanted = { groups: ['verify'], json: true, peers: false, isQuick: false }

    expect(readArguments(['verify', '--json', '--no-peers'], KNOWN)).toEqual(wanted)
    expect(readArguments(['verify', '--help'], KNOWN)).toBe('help')
    expect(HELP).toContain('--no-peers')
  })

  it('name a folder for plots, which is no group', () => {
    expect(readArguments(['issue', '--plot', 'docs', '--quick'], KNOWN)).toEqual({
      groups: ['issue'],
      json: false,
      peers: true,
      isQuick: true,
      plots: 'docs',
    })
    expect(() => readArguments(['issue', '--plot'], KNOWN)).toThrow('folder')
    expect(() => readArguments(['--plot', '--json'], KNOWN)).toThrow('folder')
  })

  it.each([['--jsn'], ['verfy']])('are refused when one means nothing: %s', (word) => {
    expect(() => readArguments([word], KNOWN)).toThrow(word)
  })
})
