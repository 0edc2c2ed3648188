import { describe, expect, it } from 'vitest'
import { didWebUrl } from '../../src/did/did-web.ts'
import type { Did } from '../../src/model/did.ts'

const urlOf = (did: string) => didWebUrl(did as Did, new Set(['127.0.0.1:8080']))

describe('didWebUrl', () => {
  it.each([
    ['did:web:id.example', 'https://id.example/.well-known/did.json'],
    ['did:web:id.example:status', 'https://id.example/status/did.json'],
    ['did:web:id.example%3A8443:a:b', 'https://id.example:8443/a/b/did.json'],
    ['did:web:127.0.0.1%3A8080', 'http://127.0.0.1:8080/.well-known/did.json'],
    ['did:web:127.0.0.1%3A8080:status', 'http://127.0.0.1:8080/status/did.json'],
  ])('places the document of %s', (did, url) => {
    expect(urlOf(did)).toBe(url)
  })

  it.each([
    'did:web:good.example%40evil.example',
    'did:web:127.0.0.1%3A9090',
    'did:web:id.example:..:..:admin',
    'did:web:id.example:%2e%2e:admin',
    'did:web:id.example::admin',
    'did:web:id.example:a%2Fb',
    'did:web:',
  ])('finds no place for %s [DR-01, DR-02, DR-04]', (did) => {
    expect(urlOf(did)).toBeUndefined()
  })
})
