/** What drizzle-kit writes beside the object's migrations. */
declare module '*/migrations.js' {
  const migrations: { journal: { entries: never[] }; migrations: Record<string, string> }
  export default migrations
}
