import { describe, expect, it } from 'vitest'
import { grantColumns } from '../../src/cli/registry/grant-columns.ts'
import { itemLines, stateOf } from '../../src/cli/registry/show-item.ts'

const MAIL = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }

describe('grantColumns', () => {
  it('tells actions and places of all entries, each once', () => {
    const files = { ...MAIL, actions: ['mail.read', 'file.get'], locations: ['https://files.example/a/'] }

    expect(grantColumns([MAIL, files])).toEqual(['mail.read, file.get', 'https://mail.example/ +1'])
    expect(grantColumns([MAIL])).toEqual(['mail.read', 'https://mail.example/'])
  })

  it('says what has no entries of its own, and what it cannot read', () => {
    expect(grantColumns(undefined)).toEqual(['inherited', ''])
    expect(grantColumns([{ type: 'api' }])).toEqual(['unreadable', ''])
    expect(grantColumns([])).toEqual(['', ''])
  })
})

describe('itemLines', () => {
  it('writes objects, lists and times as people do', () => {
    const item = {
      software: { name: 'mailer', version: '1.2' },
      lease: [1, 2],
      none: [],
      links: [{ a: 1 }, { a: 2 }],
      createdAt: '2026-11-22T09:00:00.000Z',
      validUntil: 'soon\u0007',
    }

    expect(itemLines(item)).toEqual([
      'software    name mailer, version 1.2',
      'lease       1, 2',
      'none        none',
      'links       a 1, a 2',
      'createdAt   2026-11-22 09:00:00 UTC',
      'validUntil  soon\ufffd',
    ])
  })

  it('leaves grants that it cannot read to --json', () => {
    expect(itemLines({ entitlements: [{ type: 'api' }] })).toEqual([
      'grants  not readable by this version; --json shows them',
    ])
    expect(itemLines({ entitlements: [MAIL, MAIL] })).toEqual([
      'grants  mail.read at https://mail.example/',
      '        mail.read at https://mail.example/',
    ])
  })
})

describe('stateOf', () => {
  it.each([
    ['active, key due', { state: 'active', keyDueAt: '2026-11-22T09:00:00.000Z' }],
    ['active', { state: 'active', keyDueAt: '2026-11-22T09:00:00.001Z' }],
    ['suspended', { state: 'active', suspended: true, keyDueAt: '2026-11-22T09:00:00.000Z' }],
    ['revoked', { state: 'revoked' }],
  ])('is %s', (text, item) => {
    expect(stateOf(item, Date.UTC(2026, 10, 22, 9))).toBe(text)
  })
})
