/** Builds the browser extension that hands over the portal's session. */

import { resolve } from 'node:path'
import { buildExtension } from '../extension/build.ts'
import { PORTAL } from '../extension/manifest.ts'
import { readFlags } from './command.ts'

const { values } = readFlags(
  `npm run extension: builds the browser extension that hands over the portal's session.

  --out FOLDER     the folder to write (default: dist/extension)
  --portal ORIGIN  the portal, if PORTAL_ORIGIN is another one (default: ${PORTAL})`,
  {
    out: { type: 'string' },
    portal: { type: 'string' },
  },
)

const portal = values.portal ?? PORTAL
if (!URL.canParse(portal)) {
  console.error('--portal should be an address, e.g. http://127.0.0.1:8081')
  process.exit(2)
}
const out = resolve(values.out ?? 'dist/extension')
await buildExtension({ out, portal: new URL(portal).origin })
console.log(`The extension is in ${out}.
Chrome, Edge: chrome://extensions → Developer mode → Load unpacked.
Firefox: about:debugging → This Firefox → Load Temporary Add-on → manifest.json.
Then write /sessione to the bot and press “Collega un browser”.`)
