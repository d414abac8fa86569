import type { Changes } from '../../src/passport/rules/diff.ts'
import { type KnownOffice, type KnownSlot, slotKey } from '../../src/passport/rules/known-office.ts'

/** The watcher's state of its province, in memory, in the shape of the database's. */
export class Memory {
  #offices = new Map<string, KnownOffice>()
  #nextSlot = 1

  get offices(): KnownOffice[] {
    return [...this.#offices.values()]
  }

  office(id: string): KnownOffice | undefined {
    return this.#offices.get(id)
  }

  /** Makes the changes that a reading led to. */
  apply(changes: Changes): void {
    for (const office of changes.offices) {
      this.#offices.set(office.id, {
        ...office,
        slots: this.#offices.get(office.id)?.slots ?? [],
        vanished: [],
        restored: 0,
      })
    }
    const changed = new Map(changes.changed.map((change) => [change.id, change]))
    for (const office of this.#offices.values()) {
      office.slots = office.slots.flatMap((slot): KnownSlot[] => {
        const change = changed.get(slot.id)
        if (!change) return [slot]
        return change.gone ? [] : [{ ...slot, places: change.places, announced: change.announced }]
      })
    }
    for (const { officeId, ...slot } of changes.opened) {
      this.#offices.get(officeId)?.slots.push({ ...slot, id: this.#nextSlot++ })
    }
  }

  /** How many free places a slot has, as last read. */
  places(officeId: string, date: string, time: string): number {
    const key = slotKey({ date, time })
    return this.#offices.get(officeId)?.slots.find((slot) => slotKey(slot) === key)?.places ?? 0
  }
}
