import * as z from 'zod'
import type { ActionView, FieldView, SectionView, TableView } from './wire.ts'

/** A button of the side panel. `run` gets the fields as typed and answers with words for a toast; it may throw. */
export type PanelAction = {
  id: string
  label: string
  hint?: string
  fields?: FieldView[]
  run(values: Record<string, string>): Promise<string>
}

export type PanelSection = { title: string; actions: PanelAction[] }

/** What the side panel shows: asked every second while somebody can see it. */
export type PanelStatus = () => Promise<TableView[]>

const typed = z.record(z.string(), z.string())

/** The panel without what it does, as the browser needs it. */
export function describePanel(panel: PanelSection[]): SectionView[] {
  return panel.map(({ title, actions }) => ({
    title,
    actions: actions.map(({ run: _run, ...shown }) => shown),
  }))
}

/** Does an action; what it throws becomes words too. Undefined when there is no such action. */
export async function runAction(
  panel: PanelSection[],
  section: number,
  id: string,
  body: unknown,
): Promise<ActionView | undefined> {
  const action = panel[section]?.actions.find((one) => one.id === id)
  const values = typed.safeParse(body)
  if (action === undefined || !values.success) return undefined
  try {
    return { ok: true, text: await action.run(values.data) }
  } catch (error) {
    return { ok: false, text: error instanceof Error ? error.message : String(error) }
  }
}
