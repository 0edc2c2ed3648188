import type { VerifyReceiptOptions } from './receipt/receipt-options.ts'
import type { ReceiptVerdict } from './receipt/verify-receipt.ts'

/**
 * Verifies a receipt (docs/spec/07-verifying.md "The receipt"), offline and however long ago it was made: the signature
 * of the service provider; then, as of the time that it states, every signature of the chain, its joining, attenuation and
 * validity, the presenter's proof, and the digests. Nothing is fetched.
 *
 * Without trust in the service provider it proves who presented what to whom, not that it was decided so:
 * `proven` and `stated` tell the one from the other. Never rejects for a bad receipt, which is refused.
 *
 * @param receipt As `verdict.receipt` wrote it, of at most 1.1 MiB; any value, as files hold what they hold.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` when the options do not say whose receipt it has to be;
 *   `ERR_PROCURA_INVALID_KEY` for a key that is none.
 */
export async function verifyReceipt(
  receipt: unknown,
  options: VerifyReceiptOptions,
): Promise<ReceiptVerdict> {
  const { openReceipt } = await import('./receipt/verify-receipt.ts')
  return openReceipt(receipt, options)
}
