import type { RefusalCode } from '../../refusal.ts'
import type { ReceiptPart, ReceiptRefusal } from '../../verifier/receipt/verify-receipt.ts'
import type { Explanation } from './explain-refusal.ts'

/** Says what is wrong with a receipt that is not genuine, and what would mend it. */
export function explainReceipt(refusal: ReceiptRefusal): Explanation {
  return PARTS[refusal.part](refusal)
}

const PARTS: Readonly<Record<ReceiptPart, (refusal: ReceiptRefusal) => Explanation>> = {
  form: explainForm,
  signer: ({ code, dimension }) => SIGNERS.get(code === 'key_not_authorized' ? dimension : code) ?? NO_SIGNER,
  chain: explainChain,
  presentation: ({ code }) => ({
    what: `The receipt does not show that the presenter of its chain made this request of that service then (${code}).`,
    fix: BY_PROVIDER,
  }),
  decision: ({ code, link }) => ({
    what: `The receipt says that the request was accepted, but what it holds does not allow that (${code}${atLink(link)}).`,
    fix: BY_PROVIDER,
  }),
}

/** Members of the token around a receipt; whatever is wrong with them, it is no receipt. */
const TOKEN: ReadonlySet<string | undefined> = new Set([
  'receipt',
  'token',
  'header',
  'typ',
  'kid',
  'payload',
  'signature',
])

const FROM_FILE =
  'give the file as the service wrote it: one line of text, from `procura verify --receipt` or verdict.receipt()'

function explainForm({ code, dimension }: ReceiptRefusal): Explanation {
  if (code === 'limit_exceeded' && dimension === 'token') {
    return { what: 'The text is longer than any receipt.', fix: FROM_FILE }
  }
  if (code === 'unsupported') {
    return { what: 'The receipt is signed in a way that is not supported (alg).', fix: BY_PROVIDER }
  }
  if (TOKEN.has(dimension)) {
    return { what: 'The text is no receipt, or only a part of one.', fix: FROM_FILE }
  }
  return {
    what: `The text is signed as a receipt, but has not the form of one (${dimension ?? 'a member that no receipt has'}).`,
    fix: 'compare the version of procura with that of the service',
  }
}

const BY_PROVIDER =
  'the service provider itself signed it so: ask there for the right one, and do not rely on this one'
const OTHER_WAY = 'compare the DID or the key with the service provider by another way than the receipt'

/** By code; `key_not_authorized` by what is not authorized. */
const SIGNERS: ReadonlyMap<string | undefined, Explanation> = new Map([
  [
    'iss',
    {
      what: 'The receipt is of another service provider than the one that --did names.',
      fix: OTHER_WAY,
    },
  ],
  [
    'kid',
    {
      what: 'The receipt names one service provider, and a key of another.',
      fix: BY_PROVIDER,
    },
  ],
  [
    'signature_invalid' satisfies RefusalCode,
    {
      what: 'The receipt was changed after it was signed, or is signed with another key than that of the service provider.',
      fix: `ask for the receipt as it was written; ${OTHER_WAY}`,
    },
  ],
  [
    'did_unresolvable' satisfies RefusalCode,
    {
      what: 'The DID of the service provider is on the web, and its document is not at hand: nothing is fetched.',
      fix: 'give the document that was kept beside the receipt: --document did.json',
    },
  ],
])

const NO_SIGNER: Explanation = {
  what: 'The DID document of the service provider does not name the key of the receipt for making assertions.',
  fix: 'give the DID document of the time when the receipt was made: --document did.json',
}

function explainChain({ code, link }: ReceiptRefusal): Explanation {
  const isOnWeb = code === 'did_unresolvable'
  return {
    what: `The delegation chain that the receipt holds does not verify (${code}${atLink(link)}).`,
    fix: isOnWeb ? 'give the DID document of the authority as it was kept: --document did.json' : BY_PROVIDER,
  }
}

function atLink(link: number | undefined): string {
  return link === undefined ? '' : ` at link ${link}`
}
