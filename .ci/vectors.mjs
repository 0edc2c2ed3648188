// npm run vectors:write [-- --check]: writes the published vectors anew, or tells whether they are as they would be written.
import '../test/helpers/run-from-source.mjs'

await import('../test/vectors/generate.ts')
