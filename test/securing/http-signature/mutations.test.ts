import { beforeAll, describe, expect, it } from 'vitest'
import { alice, outcomeOf } from '../../helpers/signers.ts'
import { type Message, POST, receive, signedMessage, withFields } from './messages.ts'

/** Every single-character change of a text: each place gets two other characters, is doubled and is left out. */
function* mutationsOf(text: string): Generator<string> {
  for (let i = 0; i < text.length; i++) {
    const [before, character, after] = [text.slice(0, i), text.charAt(i), text.slice(i + 1)]
    yield before + String.fromCharCode(character.charCodeAt(0) ^ 1) + after
    yield before + (character === 'A' ? 'B' : 'A') + after
    yield before + character + character + after
    yield before + after
  }
}

function* changedMessages(message: Message, part: string): Generator<Message> {
  if (part === 'method') for (const method of mutationsOf(message.method)) yield { ...message, method }
  else if (part === 'target') for (const target of mutationsOf(message.target)) yield { ...message, target }
  else if (part === 'body') yield* changedBodies(message)
  else
    for (const value of mutationsOf(message.fields[part] ?? '')) yield withFields(message, { [part]: value })
}

function* changedBodies(message: Message): Generator<Message> {
  const body = message.body ?? new Uint8Array()
  for (const [i, byte] of body.entries()) {
    for (let bit = 0; bit < 8; bit++) yield { ...message, body: body.with(i, byte ^ (1 << bit)) }
    yield { ...message, body: body.slice(0, i) }
  }
}

describe('a signed request', () => {
  let message: Message

  beforeAll(async () => {
    message = await signedMessage(POST)
  })

  it('verifies as it is', async () => {
    expect(outcomeOf(await receive(message))).toBe('accepted')
  })

  it.each([
    'method',
    'target',
    'body',
    'agent-delegation',
    'content-type',
    'content-digest',
    'signature-input',
    'signature',
  ])('verifies with no single change of its %s', async (part) => {
    let changes = 0
    for (const changed of changedMessages(message, part)) {
      expect(outcomeOf(await receive(changed, {}, alice)), JSON.stringify(changed)).not.toBe('accepted')
      changes++
    }
    expect(changes).toBeGreaterThan(10)
  })

  it('verifies with no single flipped bit of its signature', async () => {
    const [, text = ''] = /:(.*):/.exec(message.fields.signature ?? '') ?? []
    const bytes = Buffer.from(text, 'base64')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)))
      const signature = `agent-delegation=:${Buffer.from(changed).toString('base64')}:`

      expect(outcomeOf(await receive(withFields(message, { signature })))).toBe(
        'holder_proof_invalid signature',
      )
    }
  })
})
