import { html, raw } from 'hono/html'
import { addDays, italianDate, type RomeDate, romeDate } from '../../../src/platform/time.ts'
import { ACTIVITIES } from './catalogue.ts'
import { type Frame, sitePage } from './look.ts'
import { type Account, activityName, type Occurrence, type World } from './world.ts'

/** What is different when a test changes the markup: names that nobody knows yet. */
export interface Looks {
  changed: boolean
  calendarDelayMs: number
  /** Full classes are blue and offer the waiting list. */
  waitingLists: boolean
}

/** A day as the calendar titles it: `Lunedì, 10 ottobre`. */
export function dayLabel(date: RomeDate): string {
  const noon = new Date(`${date}T12:00:00Z`)
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('it-IT', { ...options, timeZone: 'UTC' }).format(noon)
  const weekday = part({ weekday: 'long' })
  return `${weekday.charAt(0).toUpperCase()}${weekday.slice(1)}, ${part({ day: 'numeric' })} ${part({ month: 'long' })}`
}

export const loginPage = (frame: Frame, returnUrl: string, token: string, { changed }: Looks) =>
  sitePage(
    frame,
    html`<div class="portlet"><h3>Benvenuto</h3><p>Per prenotare accedi con le tue credenziali del Politecnico.</p>
<form method="get" action="${frame.root}/Account/Login"><button type="submit" class="btn green pull-right">Registrati</button></form>
<form method="post" action="${frame.root}/Account/ExternalLogin?returnUrl=${encodeURIComponent(returnUrl)}">
<input type="hidden" name="__RequestVerificationToken" value="${token}">
${changed ? html`<input type="image" alt="Entra" class="enter">` : html`<button type="submit" class="btn green">Accedi al tuo account</button>`}
</form></div>`,
  )

export const homePage = (frame: Frame) =>
  sitePage(
    frame,
    html`<h3>Ciao ${frame.who}</h3><div class="tiles">
<div class="tile" id="home_btt_booking"><div>Prenotazioni</div></div>
<div class="tile" id="home_btt_profile"><div>Profilo</div></div></div>`,
    `document.querySelector('#home_btt_booking > div').onclick=function(){location.href=${JSON.stringify(`${frame.root}/Booking`)}};`,
  )

const card = (entry: Occurrence) => html`
<div class="event-main-block" data-key="${entry.appointmentId}">
<div class="event-info-schedule">${italianDate(entry.date)}</div>
<div><span class="time-start">${entry.start}</span> <span class="time-duration">${entry.minutes} min</span></div>
<div class="event-info-description">${activityName(entry.activityId)}</div>
<div class="event-info-skill-level">${entry.course ?? ''}</div>
<button type="button" class="btn red btn-delete">Cancella</button></div>`

export const bookingsPage = (frame: Frame, entries: Occurrence[], token: string, { changed }: Looks) =>
  sitePage(
    frame,
    html`<h3>Le mie prenotazioni</h3>
<p><a class="btn green btn_nuovaprenotazione standard-booking" href="${frame.root}/Booking/ChooseActivity">Nuova Prenotazione</a></p>
<input type="hidden" name="__RequestVerificationToken" value="${token}">
<div id="${changed ? 'agenda' : 'event-repository'}">${entries.map(card)}</div>`,
    `document.querySelectorAll('.btn-delete').forEach(function(button){button.onclick=function(){
  var key=button.closest('.event-main-block').getAttribute('data-key');
  srModal('srModal_g_delete_dialog','Sei sicuro di voler cancellare la prenotazione?',[['Sì','confirm',function(){
    var body=new URLSearchParams({key:key,__RequestVerificationToken:document.querySelector('[name=__RequestVerificationToken]').value});
    fetch(${JSON.stringify(`${frame.root}/Booking/Agenda`)},{method:'POST',body:body,credentials:'same-origin'})
      .then(function(r){return r.json()}).then(function(answer){
        srModal('srModal_g_done_dialog',answer.message,[['Ok','confirm',function(){location.reload()}]]);
      });
  }],['No','cancel']]);
}});`,
  )

export const activitiesPage = (frame: Frame) =>
  sitePage(
    frame,
    html`<h3>Scegli l'attività</h3><div class="list-group">${ACTIVITIES.map(
      ({ activityId, name }) =>
        html`<a class="list-group-item" href="${frame.root}/Booking/BookActivity?activityId=${activityId}&amp;activityFlags=Classes">${name}</a>`,
    )}</div>`,
  )

/** The state that the class of an `.event-slot` shows. */
export function slotClass(
  world: World,
  account: Account,
  entry: Occurrence,
  now: number,
  waitingLists: boolean,
): string {
  const obstacle = world.obstacle(account, entry, now)
  if (obstacle === 'already-booked') return 'slot-booked'
  if (obstacle === 'full' && waitingLists) return 'slot-available'
  return obstacle === null || obstacle === 'no-subscription' || obstacle === 'certificate-expired'
    ? 'slot-available'
    : 'slot-disabled'
}

/** What a blue slot offers. */
export const offerOf = (state: string, free: number): string =>
  state !== 'slot-available' ? '' : free > 0 ? 'Prenota' : 'Lista d’attesa'

function slot(world: World, account: Account, entry: Occurrence, now: number, looks: Looks) {
  const { changed, waitingLists } = looks
  const state = slotClass(world, account, entry, now, waitingLists)
  return html`<div class="${changed ? 'evt' : 'event-slot'} ${state}" data-slot="${entry.appointmentId}">
<div class="slot-time"><span class="time-start">${entry.start}</span> <span class="time-duration">${entry.minutes} min</span></div>
<div class="slot-description">${activityName(entry.activityId)}${
    entry.course === null ? '' : html` - <span class="skill">${entry.course}</span>`
  }</div>
<div class="slot-description2">${entry.teacher === null ? '' : `con ${entry.teacher}`}</div>
<div class="slot-description3">Posti disponibili: ${world.free(entry, now)}</div>
<div class="slot-notes slot-notes-before"></div><div class="slot-notes slot-notes-after">${offerOf(state, world.free(entry, now))}</div></div>`
}

const DAYS = 8
const SHOWN = 3

/** The three-day calendar of one activity; further days wait in `#day-schedule-repository`. */
export function calendarPage(
  frame: Frame,
  world: World,
  account: Account,
  activityId: string,
  now: number,
  looks: Looks,
) {
  const today = romeDate(now)
  const columns = Array.from({ length: DAYS }, (_, offset) => {
    const date = addDays(today, offset)
    return html`<div class="day-schedule day-column" data-date-offset="${offset}"><h3 class="day-schedule-label">${dayLabel(date)}</h3>
<div class="day-schedule-slots">${world
      .shownOn(date, activityId, now)
      .map((entry) => slot(world, account, entry, now, looks))}</div></div>`
  })
  return sitePage(
    frame,
    html`<h3>${activityName(activityId)}</h3><div id="calendar-place">Caricamento…</div>
<template id="calendar-later"><div id="booking-calendar"><div class="calendar-bar">
<a href="#" class="btn btn-move-date" data-date-target="-1">Indietro</a><a href="#" class="btn btn-move-date" data-date-target="+1">Avanti</a></div>
<div id="day-schedule-container">${columns.slice(0, SHOWN)}</div><div id="day-schedule-repository">${columns.slice(SHOWN)}</div></div></template>
<div id="booking-confirm-container"></div>`,
    calendarScript(frame.root, looks.calendarDelayMs),
  )
}

const calendarScript = (root: string, delayMs: number) => `
setTimeout(function(){
  var place=document.getElementById('calendar-place');
  place.replaceChildren(document.getElementById('calendar-later').content);
  var shown=document.getElementById('day-schedule-container'),hidden=document.getElementById('day-schedule-repository'),first=0;
  function draw(){
    var all=Array.from(document.querySelectorAll('.day-column')).sort(function(a,b){return a.dataset.dateOffset-b.dataset.dateOffset});
    all.forEach(function(column){
      var offset=Number(column.dataset.dateOffset);
      (offset>=first&&offset<first+${SHOWN}?shown:hidden).appendChild(column);
    });
  }
  document.querySelectorAll('a.btn-move-date').forEach(function(link){link.onclick=function(event){
    event.preventDefault();first=Math.max(0,Math.min(${DAYS - SHOWN},first+Number(link.dataset.dateTarget)));setTimeout(draw,80);
  }});
  document.querySelectorAll('.event-slot.slot-available').forEach(function(slot){slot.onclick=function(){
    fetch(${JSON.stringify(`${root}/Booking/ConfirmActivityBooking?appointmentID=`)}+slot.dataset.slot,{headers:{'X-Requested-With':'XMLHttpRequest'}})
      .then(function(r){return r.text()}).then(function(text){
        place.classList.add('hidden');document.getElementById('booking-confirm-container').innerHTML=text;wireConfirm();
      });
  }});
},${delayMs});
${confirmScript(root)}`

const confirmScript = (root: string) => `
function wireConfirm(){
  var button=document.getElementById('btnConfirmAppointmentBooking');
  button.onclick=function(){
    button.disabled=true;
    fetch(${JSON.stringify(`${root}/Booking/BookAppointment`)},{method:'POST',headers:{'X-Requested-With':'XMLHttpRequest'},
      body:new URLSearchParams({appointmentID:button.getAttribute('data-appointment')})})
      .then(function(r){return r.json()}).then(function(answer){
        if(answer.status!=='OK'){srModal('srModal_g_alert_dialog',answer.message,[['Ok','confirm',function(){location.reload()}]]);return;}
        srModal('srModal_g_confirm_dialog','Prenotazione effettuata. Vuoi effettuare un\\'altra prenotazione?',[
          ['Sì','confirm',function(){location.href=${JSON.stringify(`${root}/Booking/ChooseActivity`)}}],
          ['No','cancel',function(){location.href=${JSON.stringify(`${root}/Booking`)}}]]);
      });
  };
}`

/** What the confirm step shows, alone or inside the calendar's page. */
export const confirmPart = (entry: Occurrence) => html`
<div class="portlet"><h3>Conferma</h3><p>${activityName(entry.activityId)} ${entry.course ?? ''}: ${dayLabel(entry.date)}, ${entry.start}</p>
<button type="button" class="btn green" id="btnConfirmAppointmentBooking" data-appointment="${entry.appointmentId}">Conferma Prenotazione</button></div>`

export const confirmPage = (frame: Frame, entry: Occurrence) =>
  sitePage(
    frame,
    html`<div id="booking-confirm-container">${confirmPart(entry)}</div>`,
    `${confirmScript(frame.root)}wireConfirm();`,
  )

/** An error that answers 200 and has no bookings in it. */
export const emptyErrorPage = (frame: Frame) =>
  sitePage(
    frame,
    html`<h3>Le mie prenotazioni</h3><div class="alert">Si è verificato un errore imprevisto. Riprova più tardi.</div>
<p>Nessuna prenotazione da mostrare.</p>${raw('<!-- 0x80131904 -->')}`,
  )
