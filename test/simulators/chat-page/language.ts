/** The page speaks the browser's language, or the one chosen on it. */
export type Language = 'it' | 'en'

/** Words in both languages, or the same in both. */
export type Words = string | { it: string; en: string }

/** Says words in a language. */
export const said =
  (language: Language) =>
  (words: Words): string =>
    typeof words === 'string' ? words : words[language]

/** The language that the page asks for in `Accept-Language`: Italian unless it is another. */
export const languageOf = (header: string | undefined): Language =>
  header === undefined || /^it\b/i.test(header.trim()) ? 'it' : 'en'

/** What the page's server says by itself. */
export const serverWords = {
  you: { it: 'Tu', en: 'You' },
  photo: { it: 'Foto', en: 'Photo' },
  attachment: { it: 'Allegato', en: 'Attachment' },
  doing: {
    typing: { it: 'sta scrivendo…', en: 'is typing…' },
    upload_photo: { it: 'sta inviando una foto…', en: 'is sending a photo…' },
    upload_document: { it: 'sta inviando un file…', en: 'is sending a file…' },
    other: { it: 'è al lavoro…', en: 'is at work…' },
  },
  joined: (by: string) => ({ it: `${by} è nel gruppo`, en: `${by} is in the group` }),
  added: (by: string, whom: string) => ({ it: `${by} ha aggiunto ${whom}`, en: `${by} added ${whom}` }),
  left: (by: string) => ({ it: `${by} ha lasciato il gruppo`, en: `${by} left the group` }),
  removed: (by: string, whom: string) => ({ it: `${by} ha tolto ${whom}`, en: `${by} removed ${whom}` }),
  supergroup: { it: 'Il gruppo è ora un supergruppo', en: 'The group is a supergroup now' },
  changed: (by: string) => ({ it: `${by} ha cambiato il gruppo`, en: `${by} changed the group` }),
} as const
