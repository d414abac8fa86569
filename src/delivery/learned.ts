import type { StateValues } from '../db/state.ts'
import type { ChannelName } from './channels/channel.ts'

/** What earlier runs learned of each channel. */
export type Learned = Partial<Record<ChannelName, StateValues['pacing']>>

/** Under which name the state keeps it. */
export const learnedName = (channel: ChannelName) =>
  channel === 'telegram' ? 'pacing' : (`pacing-${channel}` as const)
