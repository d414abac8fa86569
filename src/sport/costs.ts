/**
 * What a costly request takes of a person's allowance, in seconds (`takeCostly` in chats/request-limits.ts): connecting an
 * account, a dry run, reading the bookings again. These may make a browser log in; looking for a code in a picture costs us
 * as much.
 */
export const costs = { link: 15, try: 10, check: 10, picture: 8 } as const
