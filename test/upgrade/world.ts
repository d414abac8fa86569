import { type Clock, romeInstant } from '../../src/platform/time.ts'
import { type PortalSimulator, startPortalSimulator } from '../simulators/portal/simulator.ts'
import { type SportrickSimulator, startSportrickSimulator } from '../simulators/sportrick/simulator.ts'
import { type Group, startTelegramSimulator, type TelegramSimulator } from '../simulators/telegram/index.ts'

/**
 * The world in which a release lived when its state was kept as a fixture, and in which the next release wakes up: the
 * same people, offices and classes, on simulators whose clock can be moved.
 */

/** The day of the fixture; Rome. */
export const DAY_BEFORE = '2026-11-24'
export const THE_DAY = '2026-11-25'
export const DAY_AFTER = '2026-11-26'

/** When the new release starts, a quarter of an hour after the old one stopped: Bruno's quiet hours ended at 08:00, and so did a night in which nobody is asked. */
export const STARTED_AT = romeInstant(THE_DAY, '08:05')

/** Secrets of the fixture: worth nothing outside these tests. */
export const SECRETS = {
  TELEGRAM_WEBHOOK_SECRET: 'webhook-secret-of-the-fixture',
  ENCRYPTION_KEY: 'a-key-for-the-fixture-only-0123456789',
}

export const PEOPLE = {
  ada: 900,
  anna: 1_001,
  bruno: 1_002,
  carla: 1_003,
  dario: 1_004,
  elena: 1_005,
  giulia: 1_006,
  franca: 1_007,
} as const
export type Name = keyof typeof PEOPLE

export const PROVINCES = ['TO', 'MI', 'RM']

/** Moves with the machine's clock from the instant at which it was set. */
export class SetClock implements Clock {
  /** Milliseconds that it is ahead of the machine's; whole seconds. */
  shift = 0
  now = (): number => Date.now() + this.shift
  sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))

  set(instant: number): void {
    this.shift = Math.ceil((instant - Date.now()) / 1_000) * 1_000
  }
}

export interface UpgradeWorld {
  clock: SetClock
  telegram: TelegramSimulator
  portal: PortalSimulator
  sportrick: SportrickSimulator
  group: Group
  /** Variables of the Workers for the clock as it is set now. */
  variables(): Record<string, string>
  close(): Promise<void>
}

/** Starts the simulators. The portal's first session is the same in every world, since its cookie comes from a seed. */
export async function startWorld(at: number): Promise<UpgradeWorld> {
  const clock = new SetClock()
  clock.set(at)
  const telegram = await startTelegramSimulator({ clock })
  const portal = await startPortalSimulator({ clock, provinces: PROVINCES, officesEach: 2 })
  const sportrick = await startSportrickSimulator({ clock })
  for (const office of portal.offices()) portal.setHour(String(office.id), '')
  for (const [name, id] of Object.entries(PEOPLE))
    telegram.createUser({ id, firstName: name, languageCode: name === 'dario' ? 'en' : 'it' })
  const ada = telegram.world.people.get(PEOPLE.ada)
  if (!ada) throw new Error('nobody made the group')
  const group = telegram.createGroup({ title: 'Passaporti in famiglia', creator: ada, bot: 'left' })
  return {
    clock,
    telegram,
    portal,
    sportrick,
    group,
    variables: () => ({
      ...SECRETS,
      TELEGRAM_API_ROOT: telegram.url,
      TELEGRAM_BOT_TOKEN: telegram.token,
      PORTAL_ORIGIN: portal.origin,
      SPORTRICK_BASE: sportrick.base,
      SPORT_USER_IDS: '*',
      POLL_INTERVAL_SECONDS: '2',
      ADMIN_IDS: String(PEOPLE.ada),
      CLOCK_SHIFT_SECONDS: String(clock.shift / 1_000),
    }),
    async close() {
      await Promise.all([telegram.close(), portal.close(), sportrick.close()])
    },
  }
}
