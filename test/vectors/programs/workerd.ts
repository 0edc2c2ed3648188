import { createService } from './service.ts'

const service = createService()

// The form in which a Worker is written: https://developers.cloudflare.com/workers/reference/how-workers-works/
// biome-ignore lint/style/noDefaultExport: workerd reads the handler from the default export
export default { fetch: (request: Request): Promise<Response> => service(request) }
