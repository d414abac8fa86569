import encodeQr from 'qr'

/** The QR code of a text with a white border: its grey pixels, `scale` for the side of a module. */
export function qrPicture(text: string, scale: number): { side: number; gray: Uint8Array } {
  const modules = encodeQr(text, 'raw', { border: 4 })
  const side = modules.length * scale
  const gray = Uint8Array.from({ length: side * side }, (_, at) =>
    modules[Math.floor(at / side / scale)]?.[Math.floor((at % side) / scale)] ? 0 : 255,
  )
  return { side, gray }
}
