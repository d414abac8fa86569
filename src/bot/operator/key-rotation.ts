import { asc, gt } from 'drizzle-orm'
import { Composer } from 'grammy'
import pLimit from 'p-limit'
import { students } from '../../db/schema/sport.ts'
import { button } from '../../delivery/button-data.ts'
import { lines } from '../../delivery/message.ts'
import { resealAll } from '../../passport/sessions/session-store.ts'
import { readConfig } from '../../platform/config.ts'
import { newestKeyId } from '../../platform/crypto.ts'
import { describeError, log } from '../../platform/log.ts'
import type { Student } from '../../sport/student/student.ts'
import type { Resealed } from '../../sport/student-types.ts'
import { homeButton, pressed } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import { operatorsOnly, privateOnly } from '../guards.ts'

/** Students asked by one press: a Worker's invocation may call so many objects and more. */
const PAGE = 400
/** Calls under way at once. */
const AT_ONCE = 5

type Students = DurableObjectNamespace<Student>

/** Asks one student's object; undefined when it does not answer. */
async function resealStudent(ctx: BotContext, objects: Students, userId: number) {
  try {
    const stub = objects.get(objects.idFromName(String(userId)), { locationHint: 'weur' })
    const answer = await stub.reseal()
    return answer.ok ? answer.value : undefined
  } catch (error) {
    log('warn', 'reseal-failed', { error: describeError(error), trace: ctx.trace })
    return undefined
  }
}

/** Asks the students after `after`, in order of id. */
async function resealPage(ctx: BotContext, after: number) {
  const { STUDENTS } = ctx.deps.env as { STUDENTS?: Students }
  const page = await ctx.db
    .select({ userId: students.userId })
    .from(students)
    .where(gt(students.userId, after))
    .orderBy(asc(students.userId))
    .limit(PAGE)
  const limit = pLimit(AT_ONCE)
  const answers = await Promise.all(
    page.map(({ userId }) => limit(() => STUDENTS && resealStudent(ctx, STUDENTS, userId))),
  )
  const answered = answers.filter((answer) => answer !== undefined)
  const sum = (of: (one: Resealed) => number) => answered.reduce((total, one) => total + of(one), 0)
  return {
    students: page.length,
    failed: page.length - answered.length,
    resealed: sum((one) => one.resealed),
    unreadable: sum((one) => one.unreadable),
    keyIds: new Set(answered.map(({ keyId }) => keyId)),
    next: page.length === PAGE ? page.at(-1)?.userId : undefined,
  }
}

const numberIn = (arg: string | undefined): number => (/^\d{1,15}$/.test(arg ?? '') ? Number(arg) : 0)

/** The arguments of the button that goes on: the last student asked, and how many problems there were so far. */
async function reseal(ctx: BotContext): Promise<void> {
  const texts = ctx.texts.service
  const { ENCRYPTION_KEY: keys } = readConfig(ctx.deps.env, ['ENCRYPTION_KEY'])
  const after = numberIn(ctx.args[0])
  const sessions = await resealAll(ctx.db, keys)
  const page = await resealPage(ctx, after)
  const ours = await newestKeyId(keys)
  const otherKey = [...page.keyIds].some((id) => id !== ours)
  const unreadable = sessions.unreadable + page.unreadable
  const problems = numberIn(ctx.args[1]) + unreadable + page.failed + Number(otherKey)
  const { students: asked, failed, next } = page
  log('info', 'resealed', { sessions: sessions.resealed, students: asked, failed, unreadable, otherKey })
  await ctx.show(
    ctx.view(
      lines(
        texts.resealed(sessions.resealed, sessions.unreadable),
        texts.resealedStudents(asked, page.resealed, page.unreadable),
        failed > 0 && texts.resealedFailed(failed),
        otherKey && texts.resealedOtherKey,
        unreadable > 0 && texts.resealedUnreadable,
        problems === 0 && next === undefined && texts.resealedDone,
      ),
      [
        next === undefined ? [] : [button(texts.resealedMore, 'rekey', next, Math.min(problems, 999_999))],
        [homeButton(ctx)],
      ],
    ),
  )
}

/** /ricifra: seals every secret kept with the newest ENCRYPTION_KEY, so that the old one can go. */
export const keyRotation = new Composer<BotContext>()
keyRotation.command(['ricifra', 'reseal'], operatorsOnly, privateOnly, reseal)
keyRotation.callbackQuery(pressed('rekey'), operatorsOnly, privateOnly, reseal)
