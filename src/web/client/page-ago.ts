import { keepAgo } from './live-ago.ts'

keepAgo()
