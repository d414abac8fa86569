import * as z from 'zod'
import { type Language, said, type Words } from './language.ts'
import type { ActionView, FieldView, SectionView, TableView } from './wire.ts'

/** What an action led to: words for a toast, or a text to be copied and sent on, with words about it. */
export type Outcome = Words | { text: Words; copy: string }

type PanelField = Omit<FieldView, 'label'> & { label: Words }

/** A button of the side panel. `run` gets the fields as typed; it may throw. */
export type PanelAction = {
  id: string
  label: Words
  hint?: Words
  fields?: PanelField[]
  run(values: Record<string, string>): Promise<Outcome>
}

export type PanelSection = { title: Words; actions: PanelAction[] }

/** The side panel's content: requested every second while the page is visible. */
export type PanelStatus = (language: Language) => Promise<TableView[]>

const typed = z.record(z.string(), z.string())

/** The panel without what it does, as the browser needs it. */
export function describePanel(panel: PanelSection[], language: Language): SectionView[] {
  const say = said(language)
  return panel.map(({ title, actions }) => ({
    title: say(title),
    actions: actions.map(({ id, label, hint, fields }) => ({
      id,
      label: say(label),
      ...(hint !== undefined && { hint: say(hint) }),
      ...(fields && { fields: fields.map((field) => ({ ...field, label: say(field.label) })) }),
    })),
  }))
}

const hasCopy = (outcome: Outcome): outcome is { text: Words; copy: string } =>
  typeof outcome === 'object' && 'copy' in outcome

/** Does an action; what it throws becomes words too. Undefined when there is no such action. */
export async function runAction(
  panel: PanelSection[],
  section: number,
  id: string,
  body: unknown,
  language: Language,
): Promise<ActionView | undefined> {
  const action = panel[section]?.actions.find((one) => one.id === id)
  const values = typed.safeParse(body)
  if (action === undefined || !values.success) return undefined
  const say = said(language)
  try {
    const outcome = await action.run(values.data)
    return hasCopy(outcome)
      ? { ok: true, text: say(outcome.text), copy: outcome.copy }
      : { ok: true, text: say(outcome) }
  } catch (error) {
    return { ok: false, text: error instanceof Error ? error.message : String(error) }
  }
}
