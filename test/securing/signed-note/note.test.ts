import { describe, expect, it } from 'vitest'
import {
  encodeVerifierKey,
  formatSignatureLine,
  MAX_NOTE_CHARS,
  type NoteKey,
  openNote,
  parseVerifierKey,
} from '../../../src/securing/signed-note/note.ts'
import { signNote } from '../../../src/securing/signed-note/sign-note.ts'
import { createLocalSigner, generateKey } from '../../../src/securing/vc-jose/local-signer.ts'
import { newSigner } from '../../helpers/issuer-service.ts'

const TEXT = 'id.example/audit/acme\n5\nroot\n'
const NAME = 'id.example/audit/acme'

async function signed(text = TEXT): Promise<{ note: string; key: NoteKey }> {
  const signer = await newSigner()
  return { note: await signNote(text, NAME, signer), key: { name: NAME, key: signer.publicKey } }
}

/** The example of the specification of signed notes. */
const EXAMPLE_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const EXAMPLE = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`

describe('openNote', () => {
  it('opens the note that the inventor of the form signed', async () => {
    const key = parseVerifierKey(EXAMPLE_KEY)
    if (key === undefined) throw new Error('the key is one')

    expect(await openNote(EXAMPLE, key)).toMatch(/^If you think.*your problem is\.\n$/s)
    expect(await openNote(EXAMPLE.replace('answer', 'reason'), key)).toBeUndefined()
  })

  it('opens what was signed, and nothing that was changed after', async () => {
    const { note, key } = await signed()

    expect(await openNote(note, key)).toBe(TEXT)
    for (let i = 0; i < note.length; i++) {
      const changed = `${note.slice(0, i)}${note[i] === 'A' ? 'B' : 'A'}${note.slice(i + 1)}`
      expect(await openNote(changed, key), `character ${i}`).toBeUndefined()
    }
  })

  it('opens for the key and the name that signed only', async () => {
    const { note, key } = await signed()
    const { key: other } = await signed()

    expect(await openNote(note, { ...key, key: other.key })).toBeUndefined()
    expect(await openNote(note, { ...key, name: 'id.example/audit/globex' })).toBeUndefined()
  })

  it('passes over the signatures of others', async () => {
    const { note, key } = await signed()
    const { key: witness } = await signed()
    const others = `${note}${formatSignatureLine({ ...witness, name: 'witness.example' }, new Uint8Array(64))}`

    expect(await openNote(others, key)).toBe(TEXT)
  })

  it.each([
    ['no signature', TEXT],
    ['nothing', ''],
    ['no line feed at the end', 'note'],
    ['a line that is no signature', 'add'],
    ['control characters', 'control'],
    ['too many characters', 'long'],
  ])('refuses %s', async (_, how) => {
    const { note, key } = await signed(how === 'control' ? 'a\tb\n' : TEXT)
    const spoiled: Record<string, string> = {
      note: note.slice(0, -1),
      add: `${note}something\n`,
      control: note,
      long: `${'x'.repeat(MAX_NOTE_CHARS)}\n\n${note}`,
    }

    expect(await openNote(spoiled[how] ?? how, key)).toBeUndefined()
  })

  it('knows no key but Ed25519', async () => {
    const signer = await createLocalSigner(await generateKey('P-256'))
    const note = await signNote(TEXT, NAME, signer)

    expect(await openNote(note, { name: NAME, key: signer.publicKey })).toBeUndefined()
  })
})

describe('parseVerifierKey', () => {
  it('reads what was written', async () => {
    const { key } = await signed()

    expect(parseVerifierKey(encodeVerifierKey(key))).toEqual(key)
    expect(encodeVerifierKey(key)).toMatch(/^id\.example\/audit\/acme\+[0-9a-f]{8}\+A/)
  })

  it.each([
    ['another name', EXAMPLE_KEY.replace('Peter', 'Petra')],
    ['another hash', EXAMPLE_KEY.replace('c74f', 'c74e')],
    ['another type of key', EXAMPLE_KEY.replace('+ARp', '+BRp')],
    ['a short key', EXAMPLE_KEY.slice(0, -4)],
    ['no base64', `${EXAMPLE_KEY}!`],
    ['a DID', 'did:key:z6Mk'],
  ])('refuses %s', (_, text) => {
    expect(parseVerifierKey(text)).toBeUndefined()
    expect(parseVerifierKey(EXAMPLE_KEY)).toBeDefined()
  })
})
