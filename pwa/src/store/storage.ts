/**
 * Where the app keeps rows on the device. The stores know only this interface, so that what
 * remembers them (this page's memory, the browser's own store) can change under them.
 */
export interface Table<Row> {
  get(id: string): Promise<Row | undefined>
  all(): Promise<Row[]>
  put(id: string, row: Row): Promise<void>
  delete(id: string): Promise<void>
  clear(): Promise<void>
}

export function memoryTable<Row>(): Table<Row> {
  const rows = new Map<string, Row>()
  return {
    get: (id) => Promise.resolve(rows.get(id)),
    all: () => Promise.resolve([...rows.values()]),
    put: (id, row) => {
      rows.set(id, row)
      return Promise.resolve()
    },
    delete: (id) => {
      rows.delete(id)
      return Promise.resolve()
    },
    clear: () => {
      rows.clear()
      return Promise.resolve()
    },
  }
}

/**
 * Rows that outlive the page, one key each under `name`. For few and small ones: a key is
 * written whole and at once. A device without room keeps the row in memory only.
 */
export function deviceTable<Row>(name: string, device: Storage): Table<Row> {
  const memory = memoryTable<Row>()
  const prefix = `${name}/`
  const read = (key: string): Row | undefined => parse<Row>(device.getItem(key))
  const keys = (): string[] =>
    Array.from({ length: device.length }, (_, at) => device.key(at) ?? '').filter((key) =>
      key.startsWith(prefix),
    )
  return {
    get: async (id) => read(prefix + id) ?? (await memory.get(id)),
    all: async () => [
      ...keys().flatMap((key) => read(key) ?? []),
      ...(await memory.all()),
    ],
    put: async (id, row) => {
      if (store(device, prefix + id, row)) await memory.delete(id)
      else await memory.put(id, row)
    },
    delete: async (id) => {
      device.removeItem(prefix + id)
      await memory.delete(id)
    },
    clear: async () => {
      for (const key of keys()) device.removeItem(key)
      await memory.clear()
    },
  }
}

function parse<Row>(text: string | null): Row | undefined {
  if (text === null) return undefined
  try {
    return JSON.parse(text) as Row
  } catch {
    return undefined
  }
}

/** False when the device has no room (or refuses to store anything at all). */
function store(device: Storage, key: string, row: unknown): boolean {
  try {
    device.setItem(key, JSON.stringify(row))
    return true
  } catch {
    device.removeItem(key)
    return false
  }
}
