// What the verifier weighs in a browser, and what of it: node examples/measure/bundle.ts. See docs/performance.md.
import { bundle } from '../../test/helpers/bundle.ts'

const { bytes, gzipBytes, parts } = await bundle('src/verifier/index.ts')
const kib = (count: number) => `${(count / 1024).toFixed(1)} KiB`

console.log(`minified ${kib(bytes)}, compressed ${kib(gzipBytes)}; of these, minified:`)
for (const [part, count] of Object.entries(parts)) console.log(`  ${part}: ${kib(count)}`)
