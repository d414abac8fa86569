export const PROVINCES = ['TO', 'MI', 'RM', 'BO', 'AO'] as const
/** Provinces with two offices; the others have one. */
export const LARGE = ['TO', 'MI'] as const
export const OFFICES = PROVINCES.length + LARGE.length
