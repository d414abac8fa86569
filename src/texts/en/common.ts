import type { Texts } from '../texts.ts'

export const common: Texts['common'] = {
  welcome:
    'Hi! I am Sportello: I message you as soon as a passport appointment frees up in the provinces you follow.\nChoose below, or type the name of a province.',
  welcomeWithSport:
    'Hi! I am Sportello: I message you as soon as a passport appointment frees up in the provinces you follow, and I book your Politecnico sport classes.\nChoose below, or type the name of a province.',
  menu: 'What shall we do?',
  passport: '🛂 Passport',
  sport: '🏃 Sport',
  settings: '⚙️ Settings',
  status: '📊 Status',
  help: '❓ Help',
  app: '📱 Open the app',
  menuButton: 'Sportello',
  back: '⬅️ Back',
  home: '🏠 Menu',
  paste: {
    waits:
      'Telegram cut the text into several messages: I have this part and wait for the rest. I delete each as it comes.',
    restCancelled: 'You cancelled: I took the rest of what you pasted out of the chat too.',
    restTaken:
      'I had already taken what you sent: I took this piece out of the chat too and did not use it. If it was in two pieces, send all of it at once.',
    timedOut:
      'The rest of the text did not come, so I threw the first part away. Send all of it again: if it is long, better as a text file.',
    'too-large':
      'This file is too large: I read up to 5 MB. Send only the request that matters, or the Cookie line.',
    'not-text': 'This file is no text. Save the request in a .txt file and send me that.',
    'not-fetched': 'I could not read this file. Send it again as a text file, or paste the text.',
  },
  cancel: 'Cancel',
  otherLanguage: '🇮🇹 Italiano',
  helpText:
    'I keep checking the State Police portal and message you as soon as a passport appointment frees up in the provinces you follow. You then book it yourself, on the portal.\n\nTo follow one, type its name or that of a town: “Torino”, “Moncalieri”, “TO”.',
  howToBook: '🔗 How do I book?',
  howToBookText: `When an alert comes:

1. Press “Book on the portal” and log in with SPID or CIE.
2. Choose the province, then the office named in the alert.
3. Take one of the days and times of the alert and confirm.

Places last a few minutes: keep SPID and your document ready. When a place is gone, I cross it out in the alert.`,
  howToBookSport: '\nSport classes I book for you.',
  allCommands: '📖 All commands',
  helpCommands: `/segui torino: follow a province (name or code)
/smetti TO: stop following it; /smetti tutte for all of them
/mie: the provinces you follow
/stato: when I last checked them and where there is a place
/perche: what became of the last places, and why I did not tell you
/impostazioni: language, quiet hours, filters
/privacy: what I keep about you
/esporta: your data in a file
/cancellami: delete everything

You can add me to groups and channels: there the admins decide.`,
  helpSport: `Sport at the Politecnico: /sport opens the menu.

/collega: link your account
/prenota: book a class or a gym slot
/prenotazioni: what you booked
/periodiche: what I book every week
/orari: the classes of the week
/status: how far your sport requests are
/storico: how it went`,
  privacyText: `What I keep about this chat:
• its Telegram number and kind (private, group, channel)
• the provinces you follow and your settings
• the alerts I sent you, so that I can update them, and those that you reported as false

No name, no phone number, nothing of what you type. Your data goes to nobody else. If you link sport, I store your login details encrypted (the person who runs me can decrypt them), with your bookings and their history. I use the login for you and, sometimes, to read the class schedule, which I show to everybody.

/esporta gives you everything in a file, /cancellami deletes everything.`,
  notUnderstood:
    'I did not get that. Type the name or code of a province (such as “Torino” or “TO”), or choose from the menu.',
  nothingAsked: 'I have no open question for you. This is what I can do:',
  stopHow: 'Which province shall I stop watching?',
  onlyText: 'I can only read text: type the name or code of a province, or choose from the menu.',
  unknownCommand: 'I do not know this command. /help lists all that I can do.',
  oldButton: 'This button belongs to an old menu: here is a fresh one.',
  wentWrong: 'Something went wrong, sorry. Please try again soon.',
  tooMany: 'Too many requests in a short time: wait a couple of minutes and try again.',
  adminsOnly: 'Only admins can do that here.',
  adminUnknown: 'I cannot check whether you are an admin: try again soon.',
  privateOnly: 'This works in a private chat only: message me directly.',
  sportNotAllowed:
    'Sport is for a few people, chosen by the person who runs this bot. For passports I am always here!',
  hello:
    'Hello everyone! Admins can type /segui torino and I will tell you here when an appointment frees up.',
  exportName: 'sportello-my-data.json',
  exportCaption: 'Here is everything I keep about this chat.',
  exportFailed: 'I could not send you the file. Try again soon with /esporta.',
  whyNoAlert: '🤔 Why do I get no alerts?',
  deleteData: '🗑 Delete my data',
  forgetAsk:
    'I will delete everything I know about this chat: provinces, settings, alerts. It cannot be undone. Are you sure?',
  forgetAskSport:
    'I will delete everything I know about this chat: provinces, settings, alerts. For sport I also delete your login details, preferences, weekly bookings, waiting requests, history and calendar link. Bookings already made stay on the site: I no longer ask whether you go and do not cancel them, so cancel them yourself if you do not. It cannot be undone. Are you sure?',
  forgetYes: '🗑 Yes, delete everything',
  forgetNo: 'No, leave it',
  forgotten: 'Done: everything is deleted. If you need me again, send /start.',
  forgottenLater:
    'Almost everything is deleted. Your sport data cannot be reached right now: I’ll delete them by myself as soon as they can.',
  kept: 'All right, nothing was deleted.',
  shortDescription: 'I tell you as soon as a passport appointment frees up in your Italian province.',
  description:
    'I message you as soon as a passport appointment frees up in the Italian provinces you follow. Free, no ads. Press Start.',
  commandList: {
    start: 'The menu',
    segui: 'Follow a province: /segui torino',
    smetti: 'Stop following it: /smetti TO',
    mie: 'The provinces you follow',
    stato: 'Passport: free places and last check',
    perche: 'What became of the last places',
    impostazioni: 'Language, quiet hours, filters',
    help: 'How it works',
    privacy: 'What I keep about you',
    esporta: 'Your data in a file',
    cancellami: 'Delete everything',
  },
}
