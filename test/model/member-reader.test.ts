import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/core/json.ts'
import { type MemberReader, readDocument } from '../../src/model/member-reader.ts'

const isShort = (text: string) => text.length < 5
const person = (members: MemberReader) => ({
  name: members.text('name', isShort),
  nick: members.optionalText('nick', isShort),
  age: members.count('age'),
  active: members.flag('active', true),
  home: members.optionalObject('home', (home) => home.choice('kind', ['flat', 'house'])),
  pets: members.has('pets') ? members.objects('pets', { max: 2 }, (pet) => pet.text('name', isShort)) : [],
})

function refusalOf(json: Json) {
  const verdict = readDocument(json, person)
  return verdict.verified ? undefined : verdict.refusal
}

describe('readDocument', () => {
  it('reads what the document says, and defaults for what it does not', () => {
    expect(readDocument({ name: 'Ann', pets: [{ name: 'Rex' }] }, person)).toEqual({
      verified: true,
      value: { name: 'Ann', nick: undefined, age: 0, active: true, home: undefined, pets: ['Rex'] },
    })
  })

  it.each<[string, Json, object]>([
    ['a member of the wrong type', { name: 5 }, { code: 'malformed', dimension: 'name' }],
    ['a member that is not valid', { name: 'Annabel' }, { code: 'malformed', dimension: 'name' }],
    ['a missing member', {}, { code: 'malformed', dimension: 'name' }],
    [
      'null in place of an optional member',
      { name: 'Ann', nick: null },
      { code: 'malformed', dimension: 'nick' },
    ],
    ['a member that nobody asked for', { name: 'Ann', secret: 1 }, { code: 'malformed' }],
    [
      'one below',
      { name: 'Ann', home: { kind: 'flat', secret: 1 } },
      { code: 'malformed', dimension: 'home' },
    ],
    [
      'a choice beyond the set',
      { name: 'Ann', home: { kind: 'tent' } },
      { code: 'malformed', dimension: 'home.kind' },
    ],
    [
      'an item of a list',
      { name: 'Ann', pets: [{ name: 'Rex' }, {}] },
      { code: 'malformed', dimension: 'pets.name' },
    ],
    ['an empty list', { name: 'Ann', pets: [] }, { code: 'malformed', dimension: 'pets' }],
    ['a long list', { name: 'Ann', pets: [{}, {}, {}] }, { code: 'limit_exceeded', dimension: 'pets' }],
  ])('refuses %s', (_, json, refusal) => {
    expect(refusalOf(json)).toEqual(refusal)
  })

  it('reports only the first failure', () => {
    expect(refusalOf({ name: 5, age: -1, home: 7 })).toEqual({ code: 'malformed', dimension: 'name' })
  })

  it('never takes a member from the prototype', () => {
    expect(refusalOf(Object.create({ name: 'Ann' }))).toMatchObject({ code: 'malformed' })
    expect(readDocument(JSON.parse('{"__proto__":{"name":"Ann"}}'), person)).toMatchObject({
      verified: false,
    })
  })
})
