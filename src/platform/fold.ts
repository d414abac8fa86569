/**
 * Normalises a text for comparison: no accents, punctuation or capitals, words separated by one space. Takes time
 * linear in the text.
 */
export const foldText = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
