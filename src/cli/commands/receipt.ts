import type { Command } from 'commander'
import type { VerifyReceiptOptions } from '../../verifier/receipt/receipt-options.ts'
import { verifyReceipt } from '../../verifier/verify-receipt.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import { EXIT } from '../exit-codes.ts'
import { readJsonObject, readText } from '../files.ts'
import { readPublicHalf } from '../key-file.ts'
import { collect, type Options } from '../options.ts'
import { receiptJson, receiptLines } from '../verify/describe-receipt.ts'
import { refusedJson, refusedLines } from '../verify/describe-verdict.ts'
import { explainReceipt } from '../verify/explain-receipt.ts'

export function define(command: Command, cli: Cli): void {
  command
    .command('verify')
    .description('verify a receipt offline: who presented what to whom, and what was decided')
    .argument('<file>', 'the receipt ("-": standard input)')
    .option('--did <did>', 'DID of the service provider, as `procura agent pubkey` prints it there')
    .option(
      '--key <file>',
      'key of the service provider as a JWK, in place of --did; of a private one its public half counts',
    )
    .option(
      '--document <file>',
      'DID document that was kept, of the service provider or an authority on the web',
      collect,
    )
    .addHelpText('after', example('procura receipt verify receipt.jwt --did did:key:z6Mk…'))
    .action(cli.action((options, [file = '']) => verify(file, options, cli)))
}

async function verify(file: string, options: Options, { host, style }: Cli): Promise<Report> {
  const whose = await readOptions(options, { host })
  const verdict = await verifyReceipt((await readText(file, host)).trim(), whose)
  if (verdict.verified) return { json: receiptJson(verdict), lines: receiptLines(verdict, style) }
  const explanation = explainReceipt(verdict.refusal)
  return {
    json: refusedJson(verdict, explanation),
    lines: refusedLines(verdict, explanation, style),
    exitCode: EXIT.refused,
  }
}

async function readOptions(options: Options, { host }: Pick<Cli, 'host'>): Promise<VerifyReceiptOptions> {
  const did = options.text('did')
  const key = options.text('key')
  if ((did === undefined) === (key === undefined)) {
    throw usageError('say whose receipt it has to be: --did DID or --key FILE, not both')
  }
  const documents = await Promise.all(options.texts('document').map((name) => readJsonObject(name, host)))
  return {
    documents,
    ...(did === undefined ? {} : { did }),
    ...(key === undefined ? {} : { key: (await readPublicHalf(key, host)).publicKey }),
  }
}
