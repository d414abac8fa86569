/**
 * The database could not take or give something; later it may: who asked is answered 503, so that they ask again. A
 * statement that the schema refuses is a bug, not this.
 */
export class StoreError extends Error {
  override name = 'StoreError'

  /** Passes a query's result on; what it throws becomes a StoreError, unless it is a bug of ours. */
  static async wrap<Value>(query: Promise<Value>): Promise<Value> {
    try {
      return await query
    } catch (error) {
      throw isBug(error) ? error : new StoreError('the database is out of reach', { cause: error })
    }
  }

  /** True for this error, and for a failure of D1 that came through another way (a query builder's own error). */
  static is(error: unknown): boolean {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      if (cause instanceof StoreError) return true
      if (/^D1_ERROR/.test(cause.message)) return !isBug(cause)
    }
    return false
  }
}

/** What SQLite says of a statement or value that it will never take, however often it is sent. */
const isBug = (error: unknown) =>
  /SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)|D1_TYPE_ERROR/.test(error instanceof Error ? error.message : '')
