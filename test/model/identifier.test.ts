import { describe, expect, it } from 'vitest'
import { coversIdentifier, parseIdentifier } from '../../src/model/identifier.ts'

describe('parseIdentifier', () => {
  it.each([
    'inbox/support',
    'inbox/',
    '/',
    'urn:isbn:0451450523',
    'Kunden/Müller',
    'https://files.example/a?b',
  ])('reads %s', (text) => {
    expect(parseIdentifier(text)).toBe(text)
  })

  it.each(['', 'a\nb', 'a\u202eb', 'x'.repeat(257), 5, null, ['a']])('refuses %j [DC-05]', (json) => {
    expect(parseIdentifier(json)).toBeUndefined()
  })
})

describe('coversIdentifier', () => {
  it.each([
    ['w/notes', 'w/notes'],
    ['w/', 'w/notes'],
    ['w/', 'w/'],
    ['w/', 'w/notes/'],
    ['w/', 'w/a/b.c'],
    ['/', '/a'],
    ['https://files.example/', 'https://files.example/a'],
    ['w/../x', 'w/../x'],
  ])('%s covers %s', (granted, wanted) => {
    expect(coversIdentifier(granted, wanted)).toBe(true)
  })

  it.each([
    ['w/notes', 'w/notesSECRET'],
    ['w/notes', 'w/notes/a'],
    ['w/notes', 'w/notes/../admin'],
    ['w/notes/', 'w/notes'],
    ['w/notes/', 'w/notes/../admin'],
    ['w/notes/', 'w/notes/..'],
    ['w/notes/', 'w/notes/./a'],
    ['w/notes/', 'w/notes/%2e%2e/admin'],
    ['w/notes/', 'w/notes/..%2fadmin'],
    ['w/notes/', 'w/notes//admin'],
    ['w/notes/', 'w/notes/..\\admin'],
    ['w/notes/', 'w/notes/a;b'],
    ['w/notes', 'w/notes%2f..'],
    ['w/notes/', 'W/notes/a'],
    ['w/notes/', ''],
    ['inbox/', 'outbox/'],
  ])('%s does not cover %s [DC-04]', (granted, wanted) => {
    expect(coversIdentifier(granted, wanted)).toBe(false)
  })
})
