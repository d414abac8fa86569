import { expect, test } from 'vitest'
import { PEOPLE, panelSections } from '../../scripts/local/panel.ts'
import type { System } from '../../scripts/local/system.ts'
import { describePanel, runAction } from '../simulators/chat-page/panel.ts'
import { startPortalSimulator } from '../simulators/portal/simulator.ts'
import { startSportrickSimulator } from '../simulators/sportrick/simulator.ts'
import { startTelegramSimulator } from '../simulators/telegram/index.ts'

/** The panel over the simulated world, without Workers. */
async function panel(adminIds: string) {
  const [telegram, portal, sportrick] = await Promise.all([
    startTelegramSimulator(),
    startPortalSimulator({ provinces: ['TO', 'MI', 'RM', 'NA', 'BO'], officesEach: 1 }),
    startSportrickSimulator(),
  ])
  telegram.createUser({ id: PEOPLE.ada, firstName: 'Ada' })
  telegram.createUser({ id: PEOPLE.marco, firstName: 'Marco' })
  const system = { variables: { ADMIN_IDS: adminIds }, telegram, portal, sportrick } as unknown as System
  return {
    sections: panelSections(system),
    close: () => Promise.all([telegram.close(), portal.close(), sportrick.close()]),
  }
}

test('everything on the panel is said in Italian and in English', async () => {
  const { sections, close } = await panel(String(PEOPLE.ada))
  const words = (language: 'it' | 'en') =>
    describePanel(sections, language).flatMap(({ title, actions }) => [
      title,
      ...actions.flatMap(({ label, hint, fields }) => [
        label,
        ...(hint === undefined ? [] : [hint]),
        ...(fields ?? []).map((field) => field.label),
      ]),
    ])
  const [italian, english] = [words('it'), words('en')]
  expect(english).toHaveLength(italian.length)
  expect(italian.filter((text, at) => text === english[at])).toEqual(['Telegram'])
  await close()
})

test('a new session is a text to copy, for the chat of the operator', async () => {
  for (const [id, name] of [
    [PEOPLE.ada, 'Ada'],
    [PEOPLE.marco, 'Marco'],
  ] as const) {
    const { sections, close } = await panel(String(id))
    const result = await runAction(sections, 0, 'issue', {}, 'it')
    expect(result).toMatchObject({ ok: true, text: `Copiala e incollala nella chat di ${name}.` })
    expect(result?.copy).toMatch(/^\/sessione curl /)
    await close()
  }
})
