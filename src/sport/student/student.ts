import { DurableObject } from 'cloudflare:workers'
import type { BookingEnv } from '../../platform/bindings.d.ts'

/** Everything of one student, in one Durable Object: account, session, actions, bookings, weekly bookings, timers. */
export class Student extends DurableObject<BookingEnv> {}
