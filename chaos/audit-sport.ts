import type { ClassRef } from '../src/sport/student-types.ts'
import { excessOf, type InDoubt } from './in-doubt.ts'
import type { Plan } from './plan.ts'
import { readObjects, readRows } from './stored-rows.ts'
import type { StudentPerson, World } from './world.ts'

/** The audit's findings about bookings. */
export interface SportFindings {
  /** Bookings that students' objects accepted. */
  asked: number
  /** Of these, booked on the site. */
  booked: number
  /** Not booked; the student received the reason, and it is true. */
  refused: number
  /** Not booked without a true reason that the student received, or reported as booked when it is not. */
  forgotten: string[]
  /** More than one class booked for one wish, or the same outcome sent twice. */
  doubled: string[]
  inDoubt: InDoubt
  /** Messages about an outcome that were compared with the site. */
  outcomes: number
}

interface ActionRow {
  userId: number
  id: number
  status: string
  reason: string | null
  wishes: string
}

interface NoticeRow {
  event: string
  chatId: number
  status: string
  messageId: number | null
}

const ACTIONS = `SELECT CAST((SELECT value FROM facts WHERE name = 'user-id') AS INTEGER) AS userId, id, status, reason, wishes
  FROM actions WHERE kind = 'book' ORDER BY id`
const NOTICES = `SELECT event, chat_id AS chatId, status, message_id AS messageId FROM deliveries
  WHERE event LIKE 'sport:%:outcome:%'`

const same = (wish: ClassRef) => (entry: { start: string; course: string | null }) =>
  entry.start === wish.start && (wish.type === 'course' ? entry.course === wish.name : entry.course === null)

/** Compares the site's bookings with each student's object and with the messages the student received. */
export function auditSport(world: World, plan: Plan): SportFindings {
  const { sportrick, telegram } = world
  const findings: SportFindings = {
    asked: 0,
    booked: 0,
    refused: 0,
    forgotten: [],
    doubled: [],
    inDoubt: { 'answer-lost': 0, ended: 0 },
    outcomes: 0,
  }
  const students = new Map(world.students.map((student) => [student.person.id, student]))
  const notices = new Map(
    readRows<NoticeRow>(world.stateDir, NOTICES).map((row) => [`${row.event} ${row.chatId}`, row]),
  )
  const truth = (wish: ClassRef) => sportrick.classes(wish.date).find(same(wish))
  const mayExpire = plan.steps.some(
    (step) =>
      step.step === 'injection' &&
      step.injection.kind === 'site' &&
      step.injection.fault.kind === 'session-expired',
  )
  /** A refusal counts if its reason is true. */
  const isGood = ({ reason }: ActionRow, wishes: readonly ClassRef[]): boolean => {
    if (reason === 'session-needed') return mayExpire
    const full = wishes.every((wish) => (truth(wish)?.taken ?? 0) >= (truth(wish)?.capacity ?? 0))
    return reason === 'full' && full
  }

  const held = new Map<string, string>()
  const rows = readObjects<ActionRow>(world.stateDir, ACTIONS)
  const kept = new Set(rows.map(({ userId, id }) => `${userId} ${id}`))
  for (const { userId, actionId } of world.acceptedBookings)
    if (!kept.has(`${userId} ${actionId}`))
      findings.forgotten.push(`action ${actionId} of ${userId} was accepted and is gone`)
  for (const row of rows) {
    const student = students.get(row.userId) as StudentPerson
    const wishes = JSON.parse(row.wishes) as ClassRef[]
    const name = `${student.username} action ${row.id}`
    const got = wishes.filter((wish) => truth(wish)?.students.includes(student.username))
    for (const { date, start, name: course } of got)
      held.set(`${student.username} ${date} ${start} ${course}`, name)
    findings.asked++
    if (got.length > 1)
      findings.doubled.push(`${name}: booked ${got.map(({ start }) => start).join(' and ')}`)
    if (row.status === 'completed') {
      if (got.length > 0) findings.booked++
      else findings.forgotten.push(`${name}: said to be booked`)
    } else if (got.length > 0)
      findings.forgotten.push(`${name}: booked, said to be ${row.status} ${row.reason}`)
    else if (isGood(row, wishes)) findings.refused++
    else findings.forgotten.push(`${name}: ${row.status} ${row.reason}`)

    const notice = notices.get(`sport:${row.userId}:outcome:${row.id} ${row.userId}`)
    if (notice?.status !== 'sent') findings.forgotten.push(`${name}: outcome ${notice?.status ?? 'not told'}`)
    const told = telegram.ledger.sent.find(
      ({ chatId, messageId }) => chatId === row.userId && messageId === notice?.messageId,
    )
    if (!told) {
      if (notice?.status === 'sent' && notice.messageId !== null)
        findings.forgotten.push(`${name}: Telegram does not know message ${notice.messageId}`)
      continue
    }
    findings.outcomes++
    const copies = telegram.ledger.sent.filter(
      ({ chatId, text }) => chatId === row.userId && text === told.text,
    )
    const excess = excessOf(world, copies, 1)
    findings.inDoubt['answer-lost'] += excess['answer-lost']
    findings.inDoubt.ended += excess.ended
    if (excess.doubled > 0) findings.doubled.push(`${name}: told ${copies.map(({ at }) => at).join(', ')}`)
  }
  const unwanted = world.students.flatMap(({ username }) =>
    sportrick
      .ledger()
      .bookings.filter((entry) => entry.username === username && entry.outcome === 'accepted')
      .filter(
        ({ date, start, course }) =>
          !held.has(`${username} ${date} ${start} ${course ?? 'Giuriati - Fit Center'}`),
      )
      .map(({ date, start }) => `${username}: ${date} ${start} was booked and nobody wants it`),
  )
  findings.doubled.push(...unwanted)
  return findings
}
