import type { Texts } from '../texts.ts'

export const info: Texts['info'] = {
  how: {
    title: 'How it works',
    description: 'How Sportello finds free passport appointments and tells you.',
    sections: [
      [
        'In short',
        'Follow one or more provinces on Telegram. When a place becomes free on the portal of the Polizia di Stato, you get a message with day, hour, office and the link for booking. You book yourself, on the portal, with your SPID or CIE.',
      ],
      [
        'Why it helps',
        'Nearly all new places come out after midnight, can be booked from nine and are gone within minutes. But every day somebody cancels: those places come back at any hour, often for the next days, and few notice. I do.',
      ],
      [
        'How to begin',
        'Open the map, tap your province and press “Tell me on Telegram”. Or send me the name of a province in the chat. You can choose offices, a day before which you need it, the hours, and quiet hours.',
      ],
      [
        'What I check',
        'Only provinces that somebody follows, with few requests at a time: usually between every five seconds and every minute, more often where more places are freed and where more people wait. When the portal does not answer I slow down, and when I cannot check for more than ten minutes I tell those who follow that province.',
      ],
      [
        'What the map shows',
        'One tile a province, with its code and the number of free places at the last check. Dashed tiles are provinces that nobody follows: I do not look there. A tile with a question mark is followed, but I have not been able to check it for a while.',
      ],
      [
        'What it costs',
        'Nothing. There is no advertising and nobody sells your data. The code is open: anyone can check how it works, or set up their own.',
      ],
    ],
  },
  privacy: {
    title: 'Privacy',
    description: 'What Sportello keeps about you, and what it does not.',
    sections: [
      [
        'On these pages',
        'No cookies, no statistics about visitors, no requests to other sites. The pages do not know who you are.',
      ],
      [
        'Alerts on your device',
        'If you switch them on, I keep the address that your browser gives me for notifications, with its keys, the provinces that you follow and your preferences. A technical cookie says that it is you, so that you can change them. Alerts travel, encrypted, through the browser’s notification service (of Google, Mozilla, Apple or Microsoft). “My data” deletes everything.',
      ],
      [
        'In the bot',
        'I keep the number of the chat on Telegram and its kind, the provinces that you follow, your preferences and the alerts that I sent you in the last thirty days, so that I can update them, and which of them you reported as false. No name, no telephone number, nothing that you write.',
      ],
      [
        'In the app inside Telegram',
        'When you open the app, Telegram tells me your user number with a signature that I check. A technical cookie, valid for twelve hours, keeps the visit open: that is all it is for.',
      ],
      [
        'Sport at the Politecnico',
        'If you link your account, I store your login details encrypted; the person who runs this installation has the key and can decrypt them. I use them for your bookings and, sometimes, to read the class schedule, which I show to all students: never your bookings. I also keep your requests, your bookings and their history. you can unlink the account at any time.',
      ],
      [
        'Your rights',
        'In the chat, /esporta gives you a file with everything that I keep about you and /cancellami deletes all of it at once. For a year a code remains from which nobody can tell who you are, so that no backup brings you back. The app does the same.',
      ],
      [
        'Where the data is',
        'In the database of the person who runs this installation, on Cloudflare’s network. Messages go through Telegram. Nobody else receives them.',
      ],
    ],
  },
}
