/** Stands between the runtime and the edge Worker in a flood: counts what its requests ask of the database and of objects. */
import { countStatements } from '../counting-d1.worker.ts'
import { USED_PATH, type Used } from './used.ts'

interface Env {
  DB: D1Database
  STUDENTS: DurableObjectNamespace
}

/** A slow database: requests of the same moment find the first one's reading under way. */
const slow = (d1: D1Database, ms: number): D1Database =>
  new Proxy(d1, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (name !== 'batch') return typeof member === 'function' ? member.bind(target) : member
      return async (statements: D1PreparedStatement[]) => {
        await scheduler.wait(ms)
        return target.batch(statements)
      }
    },
  })

export function wrap(exports: Record<string, unknown>, { slowness }: { slowness: number }) {
  const handlers = exports.default as ExportedHandler<Env>
  let counted: { used: { statements: number }; env: Env } | undefined
  let objects = 0
  const countedEnv = (env: Env) => {
    const { d1, used } = countStatements(slow(env.DB, slowness))
    const students = new Proxy(env.STUDENTS, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (name === 'get') objects += 1
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
    return { used, env: { ...env, DB: d1, STUDENTS: students } }
  }
  return {
    ...exports,
    default: {
      ...handlers,
      async fetch(request: Request, env: Env, context: ExecutionContext) {
        counted ??= countedEnv(env)
        if (new URL(request.url).pathname !== USED_PATH)
          return handlers.fetch?.(request as never, counted.env, context)
        const answer: Used = { statements: counted.used.statements, objects }
        counted.used.statements = 0
        objects = 0
        return Response.json(answer)
      },
    },
  }
}
