import { buildWorkers } from '../scripts/local/bundle.ts'

/** Builds the Workers before the files that start them, so that only one process does it. */
export async function setup(): Promise<void> {
  await buildWorkers()
}
