import { createHash } from 'node:crypto'
import type { StoredFile } from './message.ts'
import type { UploadedFile } from './parameters.ts'

/** Pixels of a PNG or JPEG; zeros for anything else. */
export function pictureSize(bytes: Uint8Array): { width: number; height: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length > 24 && view.getUint32(0) === 0x89504e47) {
    return { width: view.getUint32(16), height: view.getUint32(20) }
  }
  if (bytes.length > 4 && view.getUint16(0) === 0xffd8) {
    let at = 2
    while (at + 9 < bytes.length && bytes[at] === 0xff) {
      const marker = bytes[at + 1] ?? 0
      const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
      if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
      at += 2 + view.getUint16(at + 2)
    }
  }
  return { width: 0, height: 0 }
}

/** The files that passed through the server. */
export class FileStore {
  readonly #byId = new Map<string, StoredFile>()
  readonly #byPath = new Map<string, StoredFile>()

  keep(upload: UploadedFile, kind: 'document' | 'photo'): StoredFile {
    const number = this.#byId.size + 1
    const extension = /\.[\w]{1,8}$/.exec(upload.name)?.[0] ?? (kind === 'photo' ? '.jpg' : '')
    const uniqueId = createHash('sha256').update(upload.bytes).digest('base64url').slice(0, 14)
    const file: StoredFile = {
      fileId: `${kind === 'photo' ? 'AgAC' : 'BQAC'}${uniqueId}${number}`,
      uniqueId,
      path: `${kind === 'photo' ? 'photos' : 'documents'}/file_${number}${extension}`,
      name: upload.name,
      mime: upload.mime,
      bytes: upload.bytes,
      kind,
      ...pictureSize(upload.bytes),
    }
    this.#byId.set(file.fileId, file)
    this.#byPath.set(file.path, file)
    return file
  }

  byId(fileId: string): StoredFile | undefined {
    return this.#byId.get(fileId)
  }

  byPath(path: string): StoredFile | undefined {
    return this.#byPath.get(path)
  }
}
