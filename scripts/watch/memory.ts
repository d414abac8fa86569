import type { Changes } from '../../src/passport/rules/diff.ts'
import { type KnownOffice, type KnownSlot, slotKey } from '../../src/passport/rules/known-office.ts'
import { RESET_WINDOW } from '../../src/passport/rules/reset.ts'

/** The watcher's state of its province, in memory, in the shape of the database's. */
export class Memory {
  #offices = new Map<string, KnownOffice>()
  #nextSlot = 1
  /** The slots restored after a reset, and when (epoch ms). */
  #restored: { officeId: string; at: number }[] = []

  get offices(): KnownOffice[] {
    return [...this.#offices.values()]
  }

  office(id: string): KnownOffice | undefined {
    return this.#offices.get(id)
  }

  /** Forgets what closed or was restored too long ago to be part of a reset. @param now epoch ms */
  forgetResets(now: number): void {
    const isRecent = (at: number) => now - at <= RESET_WINDOW
    this.#restored = this.#restored.filter(({ at }) => isRecent(at))
    for (const office of this.#offices.values()) {
      office.vanished = office.vanished.filter(({ goneAt }) => isRecent(goneAt))
      office.restored = this.#restored.filter(({ officeId }) => officeId === office.id).length
    }
  }

  /** Applies the changes that a reading led to. @param now epoch ms */
  apply(changes: Changes, now: number): void {
    for (const office of changes.offices) {
      const { slots = [], vanished = [], restored = 0 } = this.#offices.get(office.id) ?? {}
      this.#offices.set(office.id, { ...office, slots, vanished, restored })
    }
    const changed = new Map(changes.changed.map((change) => [change.id, change]))
    for (const office of this.#offices.values()) {
      const closed = office.slots.filter(({ id, announced }) => announced && changed.get(id)?.gone)
      office.vanished.push(...closed.map(({ announced: _, ...slot }) => ({ ...slot, goneAt: now })))
      office.slots = office.slots.flatMap((slot): KnownSlot[] => {
        const change = changed.get(slot.id)
        if (!change) return [slot]
        return change.gone ? [] : [{ ...slot, places: change.places, announced: change.announced }]
      })
    }
    for (const { officeId, ...slot } of changes.opened)
      this.#open(officeId, { ...slot, id: this.#nextSlot++ })
    for (const { officeId, date, time, places, id } of changes.restored) {
      this.#open(officeId, { date, time, places, id, announced: true })
      this.#restored.push({ officeId, at: now })
    }
  }

  #open(officeId: string, slot: KnownSlot): void {
    const office = this.#offices.get(officeId)
    if (!office) return
    office.slots.push(slot)
    office.vanished = office.vanished.filter((one) => slotKey(one) !== slotKey(slot))
  }

  /** How many free places a slot has, as last read. */
  places(officeId: string, date: string, time: string): number {
    const key = slotKey({ date, time })
    return this.#offices.get(officeId)?.slots.find((slot) => slotKey(slot) === key)?.places ?? 0
  }
}
