/**
 * The database failed for now: the request is answered 503, so that the caller retries. A statement that the schema
 * refuses is a bug, not a StoreError.
 */
export class StoreError extends Error {
  override name = 'StoreError'

  /** Returns a query's result. An error becomes a StoreError, unless it is a bug. */
  static async wrap<Value>(query: Promise<Value>): Promise<Value> {
    try {
      return await query
    } catch (error) {
      throw isBug(error) ? error : new StoreError('the database is out of reach', { cause: error })
    }
  }

  /** True for a StoreError, also when a query builder's error wraps it. */
  static is(error: unknown): boolean {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      if (cause instanceof StoreError) return true
      if (/^D1_ERROR/.test(cause.message)) return !isBug(cause)
    }
    return false
  }
}

/** SQLite's messages for a statement or value that no retry makes valid. */
const isBug = (error: unknown) =>
  /SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)|D1_TYPE_ERROR/.test(error instanceof Error ? error.message : '')
