import { expect, test } from 'vitest'
import type { Chat } from '../../src/chats/chat-row.ts'
import { parseButtonData } from '../../src/delivery/button-data.ts'
import { falseAlarmRow, reportedAlert } from '../../src/passport/alerts/false-alarm-button.ts'
import { checkPreferences } from '../../src/passport/follow/preferences-patch.ts'
import { officeKey } from '../../src/passport/follow/slot-filter.ts'
import { textsIn } from '../../src/texts/index.ts'

const chat = { quietFrom: null, quietTo: null, onlyFrom: null, onlyTo: null } as Chat

/* Every id that a reading accepts works wherever a person names an office. */
test.each(['46', '46.1', 'a-b_c.d', 'A'.repeat(24)])('the office %s can be reported and chosen', (id) => {
  const alert = `open:${id}:0123456789ab`
  const [button] = falseAlarmRow(textsIn('it'), alert)
  const data = button && 'callback_data' in button ? button.callback_data : ''
  expect(reportedAlert(parseButtonData(data)?.args ?? [])).toBe(alert)
  const onlyOffices = [officeKey('TO', id)]
  expect(checkPreferences(chat, { onlyOffices }, 0)).toEqual({ ok: true, patch: { onlyOffices } })
})
