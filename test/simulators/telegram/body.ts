import type { IncomingMessage } from 'node:http'
import type { Parameters } from './methods.ts'

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** A call's parameters, from the query, JSON, a form, or a multipart form with files (`attach://name` resolved). */
export async function readParameters(request: IncomingMessage, url: URL): Promise<Parameters> {
  const query = Object.fromEntries(url.searchParams)
  const body = await read(request)
  const type = request.headers['content-type'] ?? ''
  if (body.length === 0) return query
  if (type.includes('application/json')) return { ...query, ...(JSON.parse(body.toString()) as Parameters) }
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  const fields: Parameters = { ...query }
  const files = new Map<string, unknown>()
  for (const [name, value] of form) {
    if (typeof value === 'string') fields[name] = value
    else
      files.set(name, {
        bytes: new Uint8Array(await value.arrayBuffer()),
        name: value.name,
        mime: value.type,
      })
  }
  for (const [name, value] of Object.entries(fields)) {
    const attached = /^attach:\/\/(.+)$/.exec(String(value))?.[1]
    if (attached && files.has(attached)) fields[name] = files.get(attached)
  }
  return { ...Object.fromEntries(files), ...fields }
}
