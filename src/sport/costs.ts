/**
 * The cost of a costly request on a person's rate limit, in seconds (`takeCostly` in chats/request-limits.ts): linking
 * an account, a dry run, reading the bookings again. These may log in with a browser; searching a picture for a code
 * costs as much.
 */
export const costs = { link: 15, try: 10, check: 10, picture: 8 } as const
