// compressed.mjs URL PORT: Node's fetch reads a compressed topic, event by event.
import assert from 'node:assert/strict'

const [url, port] = process.argv.slice(2)
const post = (text) => fetch(`http://127.0.0.1:${port}/pub`, { method: 'POST', body: text })
const subscribe = () =>
  fetch(url, { signal: AbortSignal.timeout(60_000), headers: { 'accept-encoding': 'gzip' } })

// Another, who has been there before: forms are shared, and this one joins in the midst of them.
const other = await subscribe()
for (let n = 0; n < 7; n++) await post(`before ${n}`)
const response = await subscribe()
assert.equal(response.headers.get('content-encoding'), 'gzip')
const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
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
console.log(`fetch gzip: 120 events, median ${waits[60].toFixed(1)} ms`)
await reader.cancel()
await other.body.cancel()
