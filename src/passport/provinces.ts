import { distance } from 'fastest-levenshtein'

/** An Italian province as the portal knows it. */
export interface Province {
  /** Two-letter code of its questura, e.g. `TO`. */
  code: string
  name: string
  region: string
  /** Other names that people type, in any language, already in the form that `plain` gives. */
  aliases: string[]
}

/** Regions from north to south, each with its provinces as `CODE Name|other name|…`. 107 provinces, 20 regions. */
const regionList: Record<string, string[]> = {
  "Valle d'Aosta": ['AO Aosta|aoste|valle d aosta|vallee d aoste'],
  Piemonte: [
    'AL Alessandria',
    'AT Asti',
    'BI Biella',
    'CN Cuneo',
    'NO Novara',
    'TO Torino|turin',
    'VB Verbano-Cusio-Ossola|verbania|vco|domodossola',
    'VC Vercelli',
  ],
  Liguria: ['GE Genova|genoa', 'IM Imperia|sanremo', 'SP La Spezia|spezia', 'SV Savona'],
  Lombardia: [
    'BG Bergamo',
    'BS Brescia',
    'CO Como',
    'CR Cremona',
    'LC Lecco',
    'LO Lodi',
    'MB Monza e Brianza|monza|brianza|monza brianza|monza e della brianza',
    'MI Milano|milan',
    'MN Mantova|mantua',
    'PV Pavia',
    'SO Sondrio',
    'VA Varese',
  ],
  'Trentino-Alto Adige': ['BZ Bolzano|bozen|alto adige|sudtirol|south tyrol', 'TN Trento|trient|trentino'],
  Veneto: [
    'BL Belluno',
    'PD Padova|padua',
    'RO Rovigo',
    'TV Treviso',
    'VE Venezia|venice|mestre',
    'VI Vicenza',
    'VR Verona',
  ],
  'Friuli-Venezia Giulia': ['GO Gorizia', 'PN Pordenone', 'TS Trieste', 'UD Udine'],
  'Emilia-Romagna': [
    'BO Bologna',
    'FC Forlì-Cesena|forli|cesena',
    'FE Ferrara',
    'MO Modena',
    'PC Piacenza',
    'PR Parma',
    'RA Ravenna',
    "RE Reggio nell'Emilia|reggio emilia",
    'RN Rimini',
  ],
  Toscana: [
    'AR Arezzo',
    'FI Firenze|florence',
    'GR Grosseto',
    'LI Livorno|leghorn',
    'LU Lucca',
    'MS Massa-Carrara|massa|carrara',
    'PI Pisa',
    'PO Prato',
    'PT Pistoia',
    'SI Siena',
  ],
  Umbria: ['PG Perugia', 'TR Terni'],
  Marche: [
    'AN Ancona',
    'AP Ascoli Piceno|ascoli',
    'FM Fermo',
    'MC Macerata',
    'PU Pesaro e Urbino|pesaro|urbino|pesaro urbino',
  ],
  Lazio: ['FR Frosinone', 'LT Latina', 'RI Rieti', 'RM Roma|rome', 'VT Viterbo'],
  Abruzzo: ["AQ L'Aquila|aquila", 'CH Chieti', 'PE Pescara', 'TE Teramo'],
  Molise: ['CB Campobasso', 'IS Isernia'],
  Campania: ['AV Avellino', 'BN Benevento', 'CE Caserta', 'NA Napoli|naples', 'SA Salerno'],
  Puglia: [
    'BA Bari',
    'BR Brindisi',
    'BT Barletta-Andria-Trani|barletta|andria|trani|bat',
    'FG Foggia',
    'LE Lecce',
    'TA Taranto',
  ],
  Basilicata: ['MT Matera', 'PZ Potenza'],
  Calabria: [
    'CS Cosenza',
    'CZ Catanzaro',
    'KR Crotone',
    'RC Reggio Calabria|reggio di calabria',
    'VV Vibo Valentia|vibo',
  ],
  Sicilia: [
    'AG Agrigento',
    'CL Caltanissetta',
    'CT Catania',
    'EN Enna',
    'ME Messina',
    'PA Palermo',
    'RG Ragusa',
    'SR Siracusa|syracuse',
    'TP Trapani',
  ],
  Sardegna: [
    'CA Cagliari',
    'NU Nuoro',
    'OR Oristano',
    'SS Sassari|olbia',
    'SU Sud Sardegna|carbonia|iglesias|sulcis',
  ],
}

/** A text without accents, apostrophes, punctuation and capitals, its words parted by one space. */
export const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

/** All 107 provinces, by region from north to south, then by name. */
export const provinces: readonly Province[] = Object.entries(regionList).flatMap(([region, entries]) =>
  entries
    .map((entry) => {
      const [name = '', ...aliases] = entry.slice(3).split('|')
      return { code: entry.slice(0, 2), name, region, aliases: [plain(name), ...aliases] }
    })
    .sort((a, b) => a.name.localeCompare(b.name, 'it')),
)

/** The 20 regions by name. */
export const regions: readonly string[] = Object.keys(regionList).sort((a, b) => a.localeCompare(b, 'it'))

const byCode = new Map(provinces.map((province) => [province.code, province]))

/** The province with that two-letter code, in any case; undefined when there is none. */
export const provinceByCode = (code: string): Province | undefined => byCode.get(code.trim().toUpperCase())

/** The name that people read for a code; the code itself when it is none of ours. */
export const provinceName = (code: string): string => byCode.get(code)?.name ?? code

/** The provinces of a region, by name. */
export const provincesOf = (region: string): readonly Province[] =>
  provinces.filter((province) => province.region === region)

/** The region that a text names in full, forgiving case, accents and punctuation. */
export const regionNamed = (text: string): string | undefined =>
  regions.find((region) => plain(region) === plain(text))

/** Longest text that is searched: nobody types a longer province. */
const LONGEST = 100
/** A text that matches more provinces than this says nothing. */
const MOST = 8

/** How many typing mistakes are forgiven in a text of that length. */
const forgiven = (length: number) => (length >= 6 ? 2 : length >= 4 ? 1 : 0)

/** All provinces with an alias for which `matches` holds. */
const having = (matches: (alias: string) => boolean) =>
  provinces.filter((province) => province.aliases.some(matches))

/** The provinces whose names differ least from a text, if by no more than typing mistakes. */
function nearest(text: string): Province[] {
  const limit = forgiven(text.length)
  const scored = provinces.map((province) => ({
    province,
    score: Math.min(...province.aliases.map((alias) => distance(alias, text))),
  }))
  const best = Math.min(...scored.map((one) => one.score))
  return best > limit ? [] : scored.filter((one) => one.score === best).map((one) => one.province)
}

/**
 * The provinces that a typed text names: by code (`TO`), by name, by the beginning of one of its words (`forli`,
 * `reggio`). Empty: none, or too many to tell.
 */
export function provincesNamed(typed: string): readonly Province[] {
  const text = plain(typed.slice(0, LONGEST))
  const code = provinceByCode(text)
  if (code) return [code]
  const exact = having((alias) => alias === text)
  if (exact.length > 0) return exact
  // "Bolzano/Bozen", "Forlì (FC)": any part names it.
  const parts = typed.slice(0, LONGEST).split(/[/()]/).map(plain).filter(Boolean)
  const byPart = having((alias) => parts.includes(alias))
  if (byPart.length > 0 && byPart.length <= MOST) return byPart
  if (text.length >= 2) {
    const started = having((alias) => ` ${alias}`.includes(` ${text}`))
    if (started.length <= MOST) return started
  }
  return []
}

/**
 * The provinces that a person may mean by a typed text, best first: those that it names, one named with typing
 * mistakes, one named within a sentence. Empty: none, or too many to tell.
 */
export function searchProvinces(typed: string): readonly Province[] {
  const named = provincesNamed(typed)
  if (named.length > 0) return named
  const text = plain(typed.slice(0, LONGEST))
  const meant = nearest(text)
  if (meant.length > 0 && meant.length <= MOST) return meant
  const within = having((alias) => alias.length >= 4 && ` ${text} `.includes(` ${alias} `))
  return within.length <= MOST ? within : []
}
