import type { Changes } from '../../src/passport/rules/diff.ts'
import type { KnownOffice } from '../../src/passport/rules/known-office.ts'
import { RESET_WINDOW } from '../../src/passport/rules/reset.ts'

let lastId = 0

/** What the database would hold after the changes, which were made at `now` (epoch ms). */
export function apply(known: KnownOffice[], changes: Changes, now: number): KnownOffice[] {
  const after = new Map(
    known.map((one) => [
      one.id,
      {
        ...one,
        slots: [...one.slots],
        vanished: one.vanished.filter(({ goneAt }) => now - goneAt < RESET_WINDOW),
      },
    ]),
  )
  for (const row of changes.offices) {
    const { slots = [], vanished = [], restored = 0 } = after.get(row.id) ?? {}
    after.set(row.id, { ...row, slots, vanished, restored })
  }
  for (const { officeId, ...slot } of changes.opened) {
    after.get(officeId)?.slots.push({ ...slot, id: lastId++ })
  }
  for (const { officeId, goneAt: _, ...slot } of changes.restored) {
    const office = after.get(officeId)
    if (!office) continue
    office.slots.push({ ...slot, announced: true })
    office.vanished = office.vanished.filter((one) => one.id !== slot.id)
    office.restored += 1
  }
  for (const change of changes.changed) {
    for (const one of after.values()) {
      one.slots = one.slots.flatMap((slot) => {
        if (slot.id !== change.id) return [slot]
        if (change.gone && slot.announced) one.vanished.push({ ...slot, goneAt: now })
        return change.gone ? [] : [{ ...slot, ...change }]
      })
    }
  }
  return [...after.values()]
}
