/** What the conversation listens to, read off its sources: command names, verbs of buttons, names of typed answers. */
export function routesIn(sources: readonly string[]): Record<'commands' | 'verbs' | 'answers', string[]> {
  const all = sources.join('\n')
  const quoted = (text: string) => [...text.matchAll(/'([\w-]+)'/g)].map(([, name = '']) => name)
  const found = (pattern: RegExp) => [
    ...new Set([...all.matchAll(pattern)].flatMap(([, text = '']) => quoted(text))),
  ]
  return {
    commands: found(/\.command\((\[[^\]]*\]|'\w+')/g),
    verbs: found(/pressed\(('[\w-]+')\)/g),
    answers: found(/answers\(('[\w-]+')\)/g),
  }
}
