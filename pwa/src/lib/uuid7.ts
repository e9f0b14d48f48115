/** Ids made on this device, online or not: UUIDv7 (RFC 9562), which sort by the time they were made. */

let lastTime = 0
let counter = 0

/** A new id. Two made in one millisecond still sort in the order they were made. */
export function uuid7(now: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  advance(now, ((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0))
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(lastTime / 2 ** (40 - 8 * i)) % 256
  bytes[6] = 0x70 | (counter >> 8)
  bytes[7] = counter & 0xff
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** A clock that never goes back: within a millisecond the 12-bit counter moves, then the time. */
function advance(now: number, random: number): void {
  if (now > lastTime) {
    lastTime = now
    // Half of the counter's room is left to count in.
    counter = random & 0x7ff
  } else if (counter < 0xfff) counter += 1
  else {
    lastTime += 1
    counter = 0
  }
}
