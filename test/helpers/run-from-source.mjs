import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const root = new URL('../../', import.meta.url)
const { imports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))

/**
 * For `node --import`: runs TypeScript from `src/` in a process of its own. Node strips the types; only the platform
 * modules (`#crypto` and its like) need help, because package.json leads them to `dist/`.
 */
registerHooks({
  resolve(specifier, context, next) {
    const built = imports[specifier]?.node
    if (built === undefined) return next(specifier, context)
    return next(new URL(built.replace('/dist/', '/src/').replace(/\.js$/, '.ts'), root).href, context)
  },
})
