import fc from 'fast-check'
import { expect } from 'vitest'
import { readAgenda, readOfficePage } from '../../src/passport/portal/portal-answers.ts'
import { readJson } from '../../src/passport/portal/portal-http.ts'
import { readCsrf } from '../../src/passport/portal/portal-pages.ts'
import { rotateCookies } from '../../src/passport/portal/portal-session.ts'
import { parsePaste } from '../../src/platform/paste.ts'
import { isRomeDate, isRomeTime } from '../../src/platform/time.ts'
import { pastes } from '../platform/pastes.ts'
import { fuzz, mangled, oddText, spoilt } from './fuzz.ts'

fuzz('pasted requests', 0.06, fc.oneof(...Object.values(pastes).map(mangled), oddText), (text) => {
  const { cookies, headers } = parsePaste(text, 'https://p.it')
  for (const [name, value] of [...Object.entries(cookies), ...Object.entries(headers)]) {
    expect(name).toMatch(/^[\x21-\x7e]+$/)
    expect(value).toMatch(/^[\x20-\x7e]*$/)
  }
})

const office = {
  id: 46,
  objectKey: '46',
  codice: 'C1',
  descrizione: 'Questura',
  indirizzo: 'Via Roma',
  comune: 'TORINO',
  dataPrimaDisponibilitaResidenti: '2026-12-18T23:00:00Z',
  orarioDisponibilita: '09.00',
}
const place = {
  objectKey: '46||_||19/12/2026||_||17.00',
  giorno: 1_797_634_800_000,
  ora: '17.00',
  totAppuntamenti: 3,
  totAppuntamentiPresi: null,
}
const portalText = fc.oneof(
  spoilt({ list: [office, { ...office, id: 47 }], pageInfo: { totalCount: 2 } }).map(
    (value) => JSON.stringify(value) ?? '',
  ),
  spoilt({ elenco: [place, { ...place, ora: '18.00' }] }).map((value) => JSON.stringify(value) ?? ''),
  spoilt({ elenco: [{ denominazione: 'TORINO', provinciaQuestura: 'TO' }] }).map(
    (value) => JSON.stringify(value) ?? '',
  ),
  mangled(JSON.stringify({ list: [office], elenco: [place] })),
  oddText,
)

fuzz('portal answers', 0.05, portalText, (text) => {
  const raw = readJson(text)
  if (!raw.ok) return
  const page = readOfficePage(raw.value)
  for (const one of page.ok ? page.value.offices : []) {
    expect(one.id).toMatch(/^[\w.-]{1,24}$/)
    expect(one.firstDate === null || isRomeDate(one.firstDate)).toBe(true)
    expect(one.bookableFrom === null || isRomeTime(one.bookableFrom)).toBe(true)
  }
  const slots = readAgenda(raw.value)
  for (const { date, time, places } of slots.ok ? slots.value : []) {
    expect(isRomeDate(date) && isRomeTime(time)).toBe(true)
    expect(Number.isSafeInteger(places) && places > 0).toBe(true)
  }
})

const loggedIn =
  '<html><head><meta name="_csrf" content="a1-b2"><meta name="_csrf_header" content="X"></head></html>'
const setCookie = fc.oneof(
  mangled('JSESSIONID=0A1B; Path=/; HttpOnly; Max-Age=1800'),
  mangled('AGPID=x; Expires=Wed, 21 Oct 2026 07:28:00 GMT'),
  oddText,
)
fuzz(
  'portal pages and cookies',
  0.03,
  fc.tuple(mangled(loggedIn), fc.array(setCookie, { maxLength: 3 })),
  ([page, cookies]) => {
    const csrf = readCsrf(page)
    if (csrf !== null) expect(csrf).toMatch(/^[\x21-\x7e]+$/)
    for (const value of Object.values(rotateCookies({ JSESSIONID: '1' }, cookies, 1)))
      expect(value).not.toBe('')
  },
)
