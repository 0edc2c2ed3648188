// What following revocations takes at scale: node test/bench/at-scale/write.ts docs. Writes figures, tables and plots of
// docs/revocation-at-scale.md. No time is measured: it may run on a machine that is busy.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RANGE } from './assumptions.ts'
import { DOCUMENT_FILE, encodeFigures, FIGURES_FILE, fillDocument } from './document.ts'
import { plotsOf } from './plots.ts'
import { simulate } from './simulate.ts'

const [, , folder] = process.argv
if (folder === undefined)
  throw new Error('say where the documents are: node test/bench/at-scale/write.ts docs')
const figures = await simulate(RANGE)
const document = join(folder, DOCUMENT_FILE)
writeFileSync(document, fillDocument(readFileSync(document, 'utf8'), figures))
writeFileSync(join(folder, FIGURES_FILE), encodeFigures(figures))
for (const [name, svg] of plotsOf(figures)) writeFileSync(join(folder, 'performance', name), svg)
