// npm run soak [-- VERIFICATIONS]: does memory grow while lists change and keys rotate? Minutes; not part of npm test.
import '../test/helpers/run-from-source.mjs'

await import('../test/soak/main.ts')
