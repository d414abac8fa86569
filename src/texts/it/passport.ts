export const passport = {
  newSlots: 'Nuova disponibilità:',
}
