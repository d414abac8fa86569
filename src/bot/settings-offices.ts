import { Composer } from 'grammy'
import { button } from '../delivery/button-data.ts'
import { chosenOffices, officeKey } from '../passport/follow/slot-filter.ts'
import { readListedOffices } from '../passport/open-slots.ts'
import { type Province, provinceByCode, provinceName } from '../passport/provinces/provinces.ts'
import { backTo, homeButton, pressed } from './buttons.ts'
import type { BotContext } from './context.ts'
import { adminsOnly } from './guards.ts'

/** Offices on one page. */
const PAGE = 8
/** An office's name on a button; Telegram cuts longer ones anyhow. */
const LABEL = 48

/** Which province: asked only when more than one is followed. */
async function chooseProvince(ctx: BotContext): Promise<void> {
  const { settings, passport } = ctx.texts
  const [only, ...others] = ctx.follows
  if (!only) {
    return ctx.show(
      ctx.view(settings.officesNoFollow, [
        [button(passport.add, 'regions')],
        [backTo(ctx, 'settings'), homeButton(ctx)],
      ]),
    )
  }
  const province = provinceByCode(only.province)
  if (others.length === 0 && province) return showOffices(ctx, province, 0)
  await ctx.show(
    ctx.view(settings.officesProvince, [
      ...ctx.follows.slice(0, 80).map(({ province: code }) => {
        const chosen = chosenOffices(ctx.chatRow, code).length
        return [
          button(chosen > 0 ? `${provinceName(code)} (${chosen})` : provinceName(code), 'offices', code),
        ]
      }),
      [backTo(ctx, 'settings'), homeButton(ctx)],
    ]),
  )
}

/** The offices of a province, chosen ones ticked. */
async function showOffices(ctx: BotContext, { code, name }: Province, page: number): Promise<void> {
  const { settings, passport } = ctx.texts
  const offices = await readListedOffices(ctx.db, code)
  const chosen = chosenOffices(ctx.chatRow, code)
  const pages = Math.max(1, Math.ceil(offices.length / PAGE))
  const at = Math.min(Math.max(0, page), pages - 1)
  const rows = offices.slice(at * PAGE, (at + 1) * PAGE).map((office) => {
    const on = chosen.includes(officeKey(code, office.id))
    const label = Array.from(office.name).slice(0, LABEL).join('')
    return [button(`${on ? '✅' : '▫️'} ${label}`, 'office', code, office.id, on ? 0 : 1, at)]
  })
  await ctx.show(
    ctx.view(offices.length === 0 ? settings.officesNone(name) : settings.officesAsk(name), [
      ...rows,
      [
        ...(at > 0 ? [button(passport.previous, 'offices', code, at - 1)] : []),
        ...(at < pages - 1 ? [button(passport.next, 'offices', code, at + 1)] : []),
      ],
      ...(chosen.length > 0 ? [[button(settings.officesClear, 'offices-all', code)]] : []),
      [ctx.follows.length > 1 ? backTo(ctx, 'offices') : backTo(ctx, 'settings'), homeButton(ctx)],
    ]),
  )
}

/** Chooses exactly these offices of a province; other provinces do not change. */
async function choose(ctx: BotContext, code: string, keys: readonly string[]): Promise<void> {
  const others = (ctx.chatRow.onlyOffices ?? []).filter((key) => !key.startsWith(`${code}:`))
  const all = [...others, ...keys]
  ctx.prefer({ onlyOffices: all.length > 0 ? all : null })
  await ctx.commit()
}

async function openOffices(ctx: BotContext): Promise<void> {
  const province = provinceByCode(ctx.args[0] ?? '')
  await (province ? showOffices(ctx, province, Number(ctx.args[1]) || 0) : chooseProvince(ctx))
}

/** `office:TO:46:1:0`: province, office, wanted or not, page to show again. */
async function setOffice(ctx: BotContext): Promise<void> {
  const [code = '', officeId = '', wanted, page] = ctx.args
  const province = provinceByCode(code)
  const known =
    province && (await readListedOffices(ctx.db, province.code)).some((office) => office.id === officeId)
  if (!province || !known) return openOffices(ctx)
  const key = officeKey(province.code, officeId)
  const rest = chosenOffices(ctx.chatRow, province.code).filter((one) => one !== key)
  await choose(ctx, province.code, wanted === '1' ? [...rest, key] : rest)
  await showOffices(ctx, province, Number(page) || 0)
}

async function clearOffices(ctx: BotContext): Promise<void> {
  const province = provinceByCode(ctx.args[0] ?? '')
  if (!province) return openOffices(ctx)
  await choose(ctx, province.code, [])
  await showOffices(ctx, province, 0)
}

/** The choice of offices: part of the settings. */
export const officeSettings = new Composer<BotContext>()
officeSettings.callbackQuery(pressed('offices'), openOffices)
officeSettings.callbackQuery(pressed('office'), adminsOnly, setOffice)
officeSettings.callbackQuery(pressed('offices-all'), adminsOnly, clearOffices)
