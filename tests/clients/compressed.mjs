// compressed.mjs URL PORT: Node's fetch reads a compressed topic, event by event.
import assert from 'node:assert/strict'

const [url, port] = process.argv.slice(2)
const post = (text) => fetch(`http://127.0.0.1:${port}/pub`, { method: 'POST', body: text })
const signal = AbortSignal.timeout(60_000)

const response = await fetch(url, { signal, headers: { 'accept-encoding': 'gzip' } })
assert.equal(response.headers.get('content-encoding'), 'gzip')
const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
let seen = ''
async function until(text) {
  while (!seen.includes(text)) seen += (await reader.read()).value
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
console.log(`fetch gzip: 120 events, median ${waits[60].toFixed(1)} ms`)
await reader.cancel()
