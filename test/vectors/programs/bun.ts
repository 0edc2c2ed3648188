import { createService } from './service.ts'

/** The part of Bun that is used. */
declare const Bun: {
  serve(options: {
    readonly hostname: string
    readonly port: number
    readonly fetch: (request: Request) => Promise<Response>
  }): { readonly port: number }
}

const { port } = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: createService() })
console.log(`port ${port}`)
