import { connect } from '../../db/client.ts'
import type { EdgeEnv } from '../../platform/bindings.d.ts'
import { readConfig } from '../../platform/config.ts'
import { type Clock, SECOND } from '../../platform/time.ts'
import type { PortalReader } from '../model.ts'
import type { PollerContext } from './context.ts'
import { portalTurns } from './turns.ts'

/**
 * The poller of one invocation of the edge Worker.
 * @throws ConfigError when a setting is missing or wrong
 */
export function pollerOf(env: EdgeEnv, clock: Clock, reader: PortalReader): PollerContext {
  const config = readConfig(env, ['POLL_INTERVAL_SECONDS', 'ADMIN_IDS'])
  return {
    db: connect(env.DB),
    reader,
    inTurn: portalTurns(),
    clock,
    interval: config.POLL_INTERVAL_SECONDS * SECOND,
    adminIds: config.ADMIN_IDS,
    availability: env.AVAILABILITY,
    outbound: env.OUTBOUND,
  }
}
