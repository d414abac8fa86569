import { type Meter, meters } from '../../src/platform/prices.ts'
import { type Cell, rounded } from '../bench.ts'
import { type Forecast, freeProvinces, freeRoom } from './model.ts'
import type { Unit, Units } from './units.ts'

/** The price list's lines in words. */
export const names: Record<Meter, string> = {
  requests: 'runs of Workers',
  cpuMs: 'CPU ms',
  rowsRead: 'rows read',
  rowsWritten: 'rows written',
  storedGb: 'stored GB',
  queueOperations: 'queue operations',
  objectRequests: 'object requests',
  objectGbSeconds: 'object GB-s',
  browserHours: 'browser hours',
}

const figure = (value: number): Cell => rounded(value, value < 10 ? 2 : 0)

const unitRow = (name: string, unit: Unit): Record<string, Cell> => ({
  'one of these uses': name,
  'rows read': figure(unit.rowsRead),
  'rows written': figure(unit.rowsWritten),
  runs: figure(unit.requests),
  'queue messages': figure(unit.messages),
  'CPU ms': figure(unit.cpuMs),
  'object ms': figure(unit.objectMs),
  'browser s': figure(unit.browserMs / 1_000),
})

/** The use of one of each unit. */
export const unitTable = (units: Units) => [
  unitRow('minute with nothing to do', units.tick),
  unitRow('tick of the other crons', units.idle),
  unitRow('reading of a province, nothing new', units.reading),
  unitRow('alert to one follower', units.alert),
  unitRow('edit of one alert', units.edit),
  unitRow('deletion of a message after 30 days', units.pruned),
  unitRow('update of the bot', units.update),
  unitRow('request of a page', units.page),
  unitRow('login of a student', units.login),
  unitRow('booking', units.booking),
  unitRow('hourly look at a student’s bookings', units.look),
  unitRow('cancellation', units.cancellation),
]

/** A month of some numbers of people. */
export function monthTable(forecasts: readonly Forecast[]): Record<string, Cell>[] {
  const row = (name: string, cell: (one: Forecast) => Cell) => ({
    'in a month': name,
    ...Object.fromEntries(forecasts.map((one) => [`${one.users} people`, cell(one)])),
  })
  return [
    row('provinces read', ({ provinces }) => provinces),
    ...meters.map((meter) =>
      row(names[meter], ({ bill }) => figure(bill.lines.find((line) => line.meter === meter)?.used ?? 0)),
    ),
    row('requests and queries of one cron run', ({ subrequestsATick }) => subrequestsATick),
    row('beyond a free day', (one) => one.beyondFree.map((meter) => names[meter]).join(', ') || 'nothing'),
    row('dollars on the paid plan', ({ bill }) => bill.total.toFixed(2)),
  ]
}

/** How many of each unit a day of the free plan allows if nothing else happens. */
export function freeTable(units: Units): Record<string, Cell>[] {
  const row = (name: string, ...parts: Unit[]) => {
    const { aDay, limit } = freeRoom(parts)
    return { 'a free day bears': name, 'how many': aDay, 'what runs out first': names[limit] }
  }
  const provinces = (interval: number) => ({
    'a free day bears': `provinces read every ${interval} s`,
    'how many': freeProvinces(units, interval),
    'what runs out first': 'requests and queries of a run',
  })
  return [
    provinces(20),
    provinces(60),
    row('readings', units.reading),
    row('alerts, edited and deleted', units.alert, units.edit, units.pruned),
    row('updates of the bot', units.update),
    row('requests of pages', units.page),
    row('logins of students', units.login),
    row('bookings', units.booking),
    row('cancellations', units.cancellation),
  ]
}
