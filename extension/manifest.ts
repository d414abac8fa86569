import { permissionFor } from './rules.ts'

/** The portal whose sessions are handed over. */
export const PORTAL = 'https://passaportonline.poliziadistato.it'

/** The extension's manifest: one for Chrome, Edge and Firefox, each of which ignores the others' keys. */
export function manifestFor(portal: string, version: string) {
  return {
    manifest_version: 3,
    name: 'Sportello',
    description: '__MSG_description__',
    version,
    default_locale: 'it',
    minimum_chrome_version: '121',
    browser_specific_settings: {
      gecko: {
        id: 'sportello@operator.invalid',
        strict_min_version: '128.0',
        // Cookies of the portal go to the operator's own installation.
        data_collection_permissions: { required: ['authenticationInfo'] },
      },
    },
    // A private window has cookies of its own, which nobody expects to be kept.
    incognito: 'not_allowed',
    permissions: ['alarms', 'cookies', 'storage'],
    host_permissions: [permissionFor(portal)],
    // Of these, only the installation's own address is asked for, when it is paired.
    optional_host_permissions: ['https://*/*', 'http://localhost/*', 'http://127.0.0.1/*'],
    background: { service_worker: 'background.js', scripts: ['background.js'], type: 'module' },
    action: {
      default_title: 'Sportello',
      default_popup: 'panel.html?popup',
      default_icon: { 128: 'icon.png' },
    },
    options_ui: { page: 'panel.html', open_in_tab: true },
    icons: { 128: 'icon.png' },
    content_security_policy: {
      extension_pages:
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src https: http://localhost:* http://127.0.0.1:*",
    },
  }
}
