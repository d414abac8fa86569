/** The field that a page's form is wrong in: marked, focused, and described by the text at it; undefined: none. */
export function fieldProblem(page: string): { field: string; text: string } | undefined {
  const [tag] = /<(?:input|select|textarea)[^>]*aria-invalid="true"[^>]*>/.exec(page) ?? []
  if (tag === undefined || !/\sautofocus/.test(tag)) return undefined
  const field = /\sname="([^"]*)"/.exec(tag)?.[1] ?? ''
  const id = /aria-describedby="([^"]*)"/.exec(tag)?.[1] ?? ''
  const text = new RegExp(`id="${id}"[^>]*>([^<]*)<`).exec(page)?.[1]?.trim() ?? ''
  return text === '' ? undefined : { field, text }
}
