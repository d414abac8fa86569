/** The sources that `routesIn` needs: the bot's, and those with the verbs of the buttons below alerts. */
export const ROUTE_SOURCES = ['src/bot/**/*.ts', 'src/passport/alerts/*-button*.ts']

/** What the conversation listens to, read off its sources: command names, verbs of buttons, names of typed answers. */
export function routesIn(sources: readonly string[]): Record<'commands' | 'verbs' | 'answers', string[]> {
  const all = sources.join('\n')
  const constants = new Map(
    [...all.matchAll(/const ([A-Z_]+) = ('[\w-]+')/g)].map(([, name, text]) => [name, text]),
  )
  const quoted = (text: string) =>
    [...(constants.get(text) ?? text).matchAll(/'([\w-]+)'/g)].map(([, name = '']) => name)
  const found = (pattern: RegExp) => [
    ...new Set([...all.matchAll(pattern)].flatMap(([, text = '']) => quoted(text))),
  ]
  return {
    commands: found(/\.command\((\[[^\]]*\]|'\w+')/g),
    verbs: found(/pressed\(('[\w-]+'|[A-Z_]+)\)/g),
    answers: found(/answers\(('[\w-]+')\)/g),
  }
}
