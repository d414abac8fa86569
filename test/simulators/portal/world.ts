import { provinceName, provinces } from '../../../src/passport/provinces/provinces.ts'
import { addDays, type RomeDate, type RomeTime, romeDate } from '../../../src/platform/time.ts'
import type { Office, OfficeSeed, PortalOptions, Slot, SlotChange } from './model.ts'
import { Random } from './random.ts'

/** Names with everything that real ones hold: quotes, dots, dashes, `<`, `&`. */
const names = [
  'Questura - Ufficio Passaporti',
  'Commissariato P.S. "Barriera Milano"',
  "Comm.to Sez. D'Annunzio - San Donato",
  'Ufficio <Passaporti> & Licenze',
  'COMMISSARIATO DI P.S. – SANT’ANNA',
]
const streets = [
  'Corso Vinzaglio, 10',
  'Via Roma 12/A',
  "Piazza dell'Unità d'Italia, 1",
  'Via "F.lli" Cervi, 3',
]
const notes = [
  '',
  '<p>Presentarsi con <b>marca da bollo</b> &amp; due fotografie.</p>',
  `<div style="color:red">Le agende aprono ogni giorno.</div>${'Avviso importante. '.repeat(40)}`,
]
const hours = ['', '09.00', '', '09:00', '08.30']
const slotTimes: RomeTime[] = ['08:30', '09:00', '09:30', '10:15', '11:00', '12:00', '15:30', '17:00']

type Key = `${RomeDate} ${RomeTime}`
const keyOf = (date: RomeDate, time: RomeTime): Key => `${date} ${time}`

/** The portal's offices and slots, and what happened to them. */
export class World {
  readonly #options: { seed: number; provinces: string[]; officesEach: number }
  readonly #now: () => number
  #random: Random
  #offices = new Map<string, Office>()
  #byProvince = new Map<string, Office[]>()
  #slots = new Map<string, Map<Key, Slot>>()
  #nextId = 40
  changes: SlotChange[] = []
  readonly #hidden = new Set<string>()

  constructor(options: PortalOptions, now: () => number) {
    this.#options = {
      seed: options.seed ?? 1,
      provinces: options.provinces ?? provinces.map((province) => province.code),
      officesEach: options.officesEach ?? 3,
    }
    this.#now = now
    this.#random = new Random(this.#options.seed)
    this.reset()
  }

  reset(): void {
    this.#offices.clear()
    this.#byProvince.clear()
    this.#slots.clear()
    this.#hidden.clear()
    this.#nextId = 40
    this.#random = new Random(this.#options.seed)
    this.changes = []
    for (const province of this.#options.provinces) {
      for (let n = 0; n < this.#options.officesEach; n++) this.addOffice({ province })
    }
  }

  addOffice(seed: OfficeSeed): Office {
    const id = seed.id ?? this.#nextId
    this.#nextId = Math.max(this.#nextId, id) + 1
    const code = `${seed.province}PQ${id}`
    const office: Office = {
      id,
      code,
      province: seed.province,
      name: seed.name ?? `${code} - ${names[id % names.length]}`,
      address: seed.address ?? streets[id % streets.length] ?? '',
      city: seed.city ?? provinceName(seed.province).toUpperCase(),
      hour: seed.hour ?? hours[id % hours.length] ?? '',
      notes: seed.notes ?? notes[id % notes.length] ?? '',
      tellsTaken: seed.tellsTaken ?? id % 2 === 0,
      cap: String(10_000 + id),
    }
    this.#offices.set(String(id), office)
    this.#byProvince.set(seed.province, [...(this.#byProvince.get(seed.province) ?? []), office])
    this.#slots.set(String(id), new Map())
    return office
  }

  removeOffice(officeId: string): void {
    const office = this.office(officeId)
    this.#offices.delete(officeId)
    this.#slots.delete(officeId)
    this.#byProvince.set(
      office.province,
      this.officesOf(office.province).filter(({ id }) => String(id) !== officeId),
    )
  }

  /** @throws Error for an id that no office has */
  office(officeId: string): Office {
    const office = this.#offices.get(officeId)
    if (!office) throw new Error(`no office ${officeId}`)
    return office
  }

  has = (officeId: string): boolean => this.#offices.has(officeId)
  all = (): Office[] => [...this.#offices.values()]
  officesOf = (province: string): Office[] => this.#byProvince.get(province) ?? []

  /** Every slot of an office, full ones too, in order. */
  slotsOf(officeId: string): Slot[] {
    return [...(this.#slots.get(officeId)?.values() ?? [])].sort((a, b) =>
      keyOf(a.date, a.time) < keyOf(b.date, b.time) ? -1 : 1,
    )
  }

  hide(officeId: string, hidden: boolean): void {
    if (hidden) this.#hidden.add(officeId)
    else this.#hidden.delete(officeId)
  }

  /** The slots that the portal shows: none while they are hidden. */
  shownSlots = (officeId: string): Slot[] => (this.#hidden.has(officeId) ? [] : this.slotsOf(officeId))

  /** The first Rome day from today on with a free place; null: none, or hidden. */
  firstFree(officeId: string): RomeDate | null {
    const slots = this.#slots.get(officeId)
    if (!slots || slots.size === 0 || this.#hidden.has(officeId)) return null
    const today = romeDate(this.#now())
    let first: RomeDate | null = null
    for (const { date, total, taken } of slots.values()) {
      if (total > taken && date >= today && (first === null || date < first)) first = date
    }
    return first
  }

  free(officeId: string, date: RomeDate, time: RomeTime, places = 1): void {
    const office = this.office(officeId)
    const slots = this.#slots.get(officeId) ?? new Map<Key, Slot>()
    const slot = slots.get(keyOf(date, time)) ?? { date, time, total: 0, taken: 0 }
    const given = Math.min(slot.taken, places)
    slot.taken -= given
    slot.total += places - given
    slots.set(keyOf(date, time), slot)
    this.#note('freed', office, slot)
  }

  take(officeId: string, date: RomeDate, time: RomeTime, places?: number): void {
    const slot = this.#slots.get(officeId)?.get(keyOf(date, time))
    if (!slot || slot.taken >= slot.total) throw new Error(`nothing free at ${officeId} ${date} ${time}`)
    slot.taken = Math.min(slot.total, slot.taken + (places ?? slot.total - slot.taken))
    this.#note('taken', this.office(officeId), slot)
  }

  /** Frees a slot of some office within two months, or takes one that is free. */
  shuffle(random = this.#random, among: readonly string[] = this.#options.provinces): void {
    const offices = among.flatMap(this.officesOf)
    const office = random.pick(offices)
    const officeId = String(office.id)
    const free = this.slotsOf(officeId).filter((slot) => slot.total > slot.taken)
    if (free.length > 0 && random.next() < free.length / (free.length + 2)) {
      const { date, time } = random.pick(free)
      this.take(officeId, date, time)
      return
    }
    const date = addDays(romeDate(this.#now()), 1 + random.below(60))
    this.free(officeId, date, random.pick(slotTimes), 1 + random.below(3))
  }

  #note(kind: SlotChange['kind'], office: Office, slot: Slot): void {
    this.changes.push({
      at: this.#now(),
      kind,
      province: office.province,
      officeId: String(office.id),
      date: slot.date,
      time: slot.time,
      free: slot.total - slot.taken,
    })
  }
}
