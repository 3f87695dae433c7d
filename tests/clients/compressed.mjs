// compressed.mjs URL PROTOCOL PORT: Node reads a compressed topic, event by event. Its fetch speaks
// HTTP/1.1 only; HTTP/2 is by node:http2 and node:zlib.
import assert from 'node:assert/strict'
import http2 from 'node:http2'
import { Readable } from 'node:stream'
import zlib from 'node:zlib'

const [url, protocol, port] = process.argv.slice(2)
const patience = AbortSignal.timeout(60_000)
const post = (text) => fetch(`http://127.0.0.1:${port}/pub`, { method: 'POST', body: text })

async function subscribe() {
  if (protocol === 'h1') {
    const response = await fetch(url, { signal: patience, headers: { 'accept-encoding': 'gzip' } })
    assert.equal(response.headers.get('content-encoding'), 'gzip')
    return response.body
  }
  const { origin, pathname } = new URL(url)
  const session = http2.connect(origin, { signal: patience })
  const stream = session.request({ ':path': pathname, 'accept-encoding': 'gzip' })
  const head = await new Promise((resolve, reject) => {
    stream.once('response', resolve).once('error', reject)
  })
  assert.equal(head['content-encoding'], 'gzip')
  // Left alone, a read waits for more than is flushed.
  const body = stream.pipe(zlib.createGunzip({ flush: zlib.constants.Z_SYNC_FLUSH }))
  body.once('close', () => session.destroy())
  return Readable.toWeb(body)
}

// Another, who has been there before: forms are shared, and this one joins in the midst of them.
const other = await subscribe()
for (let n = 0; n < 7; n++) await post(`before ${n}`)
const body = await subscribe()
const reader = body.pipeThrough(new TextDecoderStream()).getReader()
let seen = ''
async function until(text) {
  while (!seen.includes(text)) {
    const { done, value } = await reader.read()
    assert(!done)
    seen += value
  }
  seen = seen.slice(seen.indexOf(text) + text.length)
}

await until(':\n\n')
const waits = []
for (let n = 0; n < 120; n++) {
  const start = performance.now()
  await post(`event ${n}`)
  await until(`data: event ${n}\n\n`)
  waits.push(performance.now() - start)
}
waits.sort((a, b) => a - b)
assert(waits[60] < 100)
console.log(`node ${protocol} gzip: 120 events, median ${waits[60].toFixed(1)} ms`)
await reader.cancel()
await other.cancel()
