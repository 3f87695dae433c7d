// client.mjs URL: npm's EventSource comes back by itself after its connection was cut.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { EventSource } from 'eventsource'

const url = new URL(process.argv[2])
const own = `eventsource ${process.pid}`

// Between the two, to see what is asked for, and to cut the connection.
const requests = []
let cut
const proxy = net.createServer((client) => {
  const server = net.connect(url.port, url.hostname)
  client.once('data', (head) => requests.push(head.toString()))
  client.pipe(server).pipe(client)
  for (const [one, other] of [[client, server], [server, client]]) {
    one.on('error', () => {}).on('close', () => other.destroy())
  }
  cut = () => client.destroy()
})
await once(proxy.listen(0, '127.0.0.1'), 'listening')

const source = new EventSource(`http://127.0.0.1:${proxy.address().port}/events`)
const next = (name) => once(source, name, { signal: AbortSignal.timeout(10_000) })

const posts = []
source.addEventListener('post', (event) => {
  const { text } = JSON.parse(event.data)
  if (!text.startsWith(own)) return
  posts.push({ text, id: event.lastEventId })
  source.dispatchEvent(new Event('own'))
})

async function post(text) {
  const answer = await fetch(new URL('wall', url), { method: 'POST', body: text })
  assert.equal(answer.status, 201)
  return answer.text()
}

await next('machine')
await next('machine')
let seen = next('own')
const one = { text: `${own} one`, id: await post(`${own} one`) }
await seen

seen = next('own')
cut()
const two = { text: `${own} two`, id: await post(`${own} two`) }
await seen

// Exactly what was missed, since that is what was asked for.
assert.deepEqual(posts, [one, two])
assert.equal(requests.length, 2)
assert.match(requests[1].toLowerCase(), /^last-event-id: \S+\r$/m)
source.close()
proxy.close()
