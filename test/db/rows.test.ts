import { describe, expect, test } from 'vitest'
import { count, flag, maybeNumber, maybeText, rowReader, text } from '../../src/db/rows.ts'

describe('the reader of a query’s rows', () => {
  const read = rowReader({
    code: text,
    places: count,
    watched: flag,
    lastReadAt: maybeNumber,
    lastFailure: maybeText,
  })

  test('takes each property from the column of its name', () => {
    const row = { code: 'TO', places: 3, watched: 1, last_read_at: 5, last_failure: 'timeout', more: 1 }
    const seen = { code: 'TO', places: 3, watched: true, lastReadAt: 5, lastFailure: 'timeout' }
    expect(read(row)).toEqual(seen)
  })

  test.each([
    ['null', { code: null, places: null, watched: null, last_read_at: null, last_failure: null }],
    ['no column', {}],
    ['no row', undefined],
  ])('reads %s as absent', (_, row) => {
    expect(read(row)).toEqual({ code: '', places: 0, watched: false, lastReadAt: null, lastFailure: null })
  })

  test('keeps zero and the empty text apart from absent values', () => {
    expect(read({ last_read_at: 0, last_failure: '' })).toMatchObject({ lastReadAt: 0, lastFailure: '' })
  })
})
