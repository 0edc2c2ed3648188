// Makes of the rows that `npm run -s bench -- GROUP --json` prints the table of docs/performance.md, and puts it there:
// node test/bench/table.ts issue docs/performance.md < rows. Without a file it is printed.
import { readFileSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { formatTable, parseRows, replaceTable } from './markdown.ts'

const [, , group = '', file] = process.argv
const table = formatTable(parseRows(await text(process.stdin)))
if (file === undefined) process.stdout.write(table)
else writeFileSync(file, replaceTable(readFileSync(file, 'utf8'), group, table))
