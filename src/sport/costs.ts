/**
 * What things that may make a browser log in cost a person, in seconds of the minute's worth that they have at once
 * (`spend` in chats/chat-row.ts): connecting an account, a dry run, reading the bookings again. Looking for a code in a
 * picture costs us as much.
 */
export const costs = { link: 15, try: 10, check: 10, picture: 8 } as const
