import { provinceName } from '../../../src/passport/provinces/provinces.ts'
import { romeInstant } from '../../../src/platform/time.ts'
import type { Office, Slot } from './model.ts'
import type { World } from './world.ts'

/** The portal's answers as JSON values, field by field as seen in its traffic. */

const italian = (date: string) => date.split('-').reverse().join('/')
const dotted = (time: string) => time.replace(':', '.')

const midnights = new Map<string, number>()
/** Midnight in Rome of a day, epoch ms; remembered, as converting is slow. */
function midnight(date: string): number {
  const known = midnights.get(date) ?? romeInstant(date, '00:00')
  midnights.set(date, known)
  return known
}

/** Some offices write a day as midnight UTC, others as midnight in Rome, which reads as the day before. */
const firstDate = (office: Office, date: string | null) =>
  date === null
    ? null
    : office.id % 3 === 0
      ? `${date}T00:00:00Z`
      : new Date(midnight(date)).toISOString().replace('.000', '')

function officeValue(office: Office, free: string | null) {
  return {
    id: office.id,
    objectKey: String(office.id),
    codice: office.code,
    descrizione: office.name,
    indirizzo: office.address,
    comune: office.city,
    citta: office.city,
    cap: office.cap,
    provincia: provinceName(office.province).toUpperCase(),
    dataPrimaDisponibilitaResidenti: firstDate(office, free),
    dataPrimaDisponibilitaNonResidenti: null,
    orarioDisponibilita: office.hour,
    infoUtente: office.notes,
    msgCalendario: office.notes,
    numeroMaxAppuntamenti: 1,
    minutiMedioAppuntamento: 15,
    telefono: '0115588111',
    email: '',
    rilasciaDA: 'S',
    ruoloId: 3,
    abilitaAccessoAgenda: true,
    appuntamentoAnticipato: null,
    persistenceStatus: 'LOADED',
    new: false,
    deleted: false,
  }
}

/** The offices of a province, those with the first free date first. */
export function officeList(world: World, province: string) {
  return world
    .officesOf(province)
    .map((office) => ({ office, free: world.firstFree(String(office.id)) }))
    .sort((a, b) => (a.free ?? '9').localeCompare(b.free ?? '9') || a.office.id - b.office.id)
    .map(({ office, free }) => officeValue(office, free))
}

export function slotValue(office: Office, { date, time, total, taken }: Slot) {
  return {
    objectKey: `${office.id}||_||${italian(date)}||_||${dotted(time)}`,
    giorno: midnight(date),
    ora: dotted(time),
    comune: office.city,
    indrizzo: office.address,
    ...(office.tellsTaken
      ? { totAppuntamenti: total, totAppuntamentiPresi: taken }
      : { totAppuntamenti: total - taken }),
  }
}

export const townValue = (name: string, province: string) => ({
  id: 1272,
  codice: 'L219',
  denominazione: name.toUpperCase(),
  provincia: provinceName(province).toUpperCase(),
  provinciaQuestura: province,
  persistenceStatus: 'LOADED',
})

/** A logged-in page, or any of the portal's pages: the token stands in its head, attributes in either order. */
export const page = (csrf: string, swapped: boolean) => `<!DOCTYPE html>
<html lang="it"><head><meta charset="utf-8"><title>Passaporto elettronico - Agenda on line</title>
<meta name="_csrf_header" content="X-CSRF-TOKEN"/>
${swapped ? `<meta content="${csrf}" name="_csrf"/>` : `<meta name="_csrf" content="${csrf}"/>`}
</head><body><div id="app"><h1>Scelta del comune</h1></div></body></html>`

export const loginPage = `<!DOCTYPE html>
<html lang="it"><head><meta charset="utf-8"><title>Accesso cittadino</title></head>
<body><h1>Entra con SPID o CIE</h1><a href="/cittadino/n/sc/loginCittadino/spid">SPID</a></body></html>`

export const maintenancePage = `<!DOCTYPE html>
<html lang="it"><head><meta charset="utf-8"><title>Polizia di Stato</title></head>
<body><h1>Servizio momentaneamente non disponibile</h1><p>Sono in corso interventi di manutenzione.</p></body></html>`
