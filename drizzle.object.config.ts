import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  driver: 'durable-sqlite',
  schema: './src/sport/student/schema.ts',
  out: './src/sport/student/migrations',
})
