import type { Changes } from '../../src/passport/rules/diff.ts'
import type { KnownOffice } from '../../src/passport/rules/known.ts'

let lastId = 0

/** What the database would hold after the changes. */
export function apply(known: KnownOffice[], changes: Changes): KnownOffice[] {
  const after = new Map(known.map((one) => [one.id, { ...one, slots: [...one.slots] }]))
  for (const row of changes.offices) after.set(row.id, { ...row, slots: after.get(row.id)?.slots ?? [] })
  for (const { officeId, ...slot } of changes.opened) {
    after.get(officeId)?.slots.push({ ...slot, id: lastId++ })
  }
  for (const change of changes.changed) {
    for (const one of after.values()) {
      one.slots = one.slots.flatMap((slot) =>
        slot.id !== change.id ? [slot] : change.gone ? [] : [{ ...slot, ...change }],
      )
    }
  }
  return [...after.values()]
}
