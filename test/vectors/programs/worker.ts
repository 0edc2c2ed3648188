// The Worker of docs/adapters.md, for workerd to run.
export { default } from '../../../examples/support/worker.ts'
