// @ts-check

const chosen = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem('language')

/** The language chosen on the page, else the browser's. @type {'it' | 'en'} */
export const language =
  chosen === 'it' || chosen === 'en' ? chosen : navigator.language.startsWith('it') ? 'it' : 'en'

/** The page's locale, for dates and figures. */
export const locale = language === 'it' ? 'it-IT' : 'en-GB'

const italian = {
  today: 'Oggi',
  edited: 'modificato',
  muted: 'arrivato in silenzio',
  effect: 'arrivato con un’animazione',
  opensPage: 'apre una pagina',
  opensApp: 'apre la Mini App',
  copies: 'copia',
  copy: 'Copia',
  copied: 'Copiato',
  photo: 'Foto',
  noMessage: 'Nessun messaggio',
  toRead: ' da leggere',
  nothingYet: 'niente per ora',
  commands: 'Comandi del bot',
  start: 'Avvia',
  unblock: 'Sblocca e riavvia',
  blocked: 'Bot bloccato: i suoi messaggi non arrivano più in questa chat',
  offline: 'Il simulatore non risponde: riprovo da solo',
  /** @param {number} people */
  group: (people) => `gruppo · ${people} ${people === 1 ? 'persona' : 'persone'} e il bot`,
  /** @param {string} who */
  bot: (who) => `bot · sei ${who}`,
  /** @param {number} status */
  failure: (status) => `errore ${status}`,
}

/** @type {typeof italian} */
const english = {
  today: 'Today',
  edited: 'edited',
  muted: 'came without a sound',
  effect: 'came with an animation',
  opensPage: 'opens a page',
  opensApp: 'opens the Mini App',
  copies: 'copies',
  copy: 'Copy',
  copied: 'Copied',
  photo: 'Photo',
  noMessage: 'No message',
  toRead: ' to read',
  nothingYet: 'nothing yet',
  commands: 'The bot’s commands',
  start: 'Start',
  unblock: 'Unblock and restart',
  blocked: 'Bot blocked: its messages no longer reach this chat',
  offline: 'The simulator does not answer: trying again by itself',
  group: (people) => `group · ${people} ${people === 1 ? 'person' : 'people'} and the bot`,
  bot: (who) => `bot · you are ${who}`,
  failure: (status) => `error ${status}`,
}

/** What the scripts of the page say. */
export const words = language === 'it' ? italian : english

/** What stands in the page itself, in Italian, and its English. @type {Record<string, string>} */
const page = {
  'Chat di prova': 'Test chat',
  Chat: 'Chats',
  'Chiudi l’elenco delle chat': 'Close the list of chats',
  'Elenco delle chat': 'List of chats',
  'Blocca il bot': 'Block the bot',
  'Pannello di prova': 'Test panel',
  'Chiudi il pannello': 'Close the panel',
  Messaggi: 'Messages',
  Conversazione: 'Conversation',
  'Cosa sa fare questo bot?': 'What can this bot do?',
  'Premi Avvia e scrivi come faresti su Telegram: qui tutto è simulato, niente esce da questo computer.':
    'Press Start and write as you would on Telegram: all of this is simulated, nothing leaves this computer.',
  'Vai all’ultimo messaggio': 'Go to the last message',
  'Comandi del bot': 'The bot’s commands',
  'Scrivi come': 'Write as',
  Messaggio: 'Message',
  'Allega una foto': 'Attach a photo',
  'Foto da allegare': 'Photo to attach',
  Invia: 'Send',
  Avvia: 'Start',
  'Chiudi la Mini App': 'Close the Mini App',
}

/** Puts the page itself into the chosen language, and wires the button that chooses the other one. */
export function translatePage() {
  document.documentElement.lang = language
  const other = language === 'it' ? 'en' : 'it'
  const button = document.getElementById('language')
  if (button !== null) {
    button.textContent = other === 'it' ? 'Italiano' : 'English'
    button.setAttribute('lang', other)
    button.addEventListener('click', () => {
      localStorage.setItem('language', other)
      const url = new URL(location.href)
      url.searchParams.delete('lang')
      location.href = url.href
    })
  }
  if (language === 'it') return
  document.title = page[document.title] ?? document.title
  for (const element of document.querySelectorAll('body *')) {
    for (const name of ['aria-label', 'title', 'placeholder']) {
      const there = element.getAttribute(name)
      if (there !== null && page[there] !== undefined) element.setAttribute(name, page[there])
    }
    const text = element.children.length === 0 ? element.textContent?.trim() : undefined
    if (text && page[text] !== undefined) element.textContent = page[text]
  }
}
