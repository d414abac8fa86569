import { type Bench, wholeOption } from '../bench.ts'
import { forecast, habits } from '../costs/model.ts'
import { measurePassports } from '../costs/passports.ts'
import { measurePeople } from '../costs/people.ts'
import { freeTable, monthTable, unitTable } from '../costs/tables.ts'

const USERS = [100, 1_000, 10_000]

/** The service's use by unit, and its cost for some numbers of people. */
export const bench: Bench = {
  title: 'Costs: rows, runs, CPU and browser time of each thing, and a month of 100, 1,000 and 10,000 people',
  async run(options) {
    const interval = wholeOption(options, 'interval', habits.interval)
    const [passports, people] = await Promise.all([measurePassports(interval), measurePeople()])
    const units = { ...passports, ...people }
    const forecasts = USERS.map((users) => forecast(users, units, { ...habits, interval }))
    console.table(unitTable(units))
    console.table(freeTable(units))
    return { table: monthTable(forecasts), figures: { habits: { ...habits, interval }, units, forecasts } }
  },
}
