// The log of src/lib.rs, as better-sse serves it on Node's own server.
const { createServer } = require('node:http')
const { setTimeout: sleep } = require('node:timers/promises')
const { createSession } = require('better-sse')

const text = (n) =>
  [
    ` ${n} "two" 'one' \\ &amp;`,
    `\nid: ${n}\n: no comment`,
    `\t{"n":${n}} ä 😀 \u2028\u0085\v\0.`
  ]
    .slice(0, (n % 3) + 1)
    .join('\n')

const server = createServer(async (request, response) => {
  const session = await createSession(request, response, { retry: 100 })
  for (let n = Number(session.lastId) + 1; ; n++) {
    const wait = Number(process.env.START) + 5 * n - Date.now()
    if (wait > 0) await sleep(wait)
    if (!session.isConnected) return
    // It sends data as JSON if it is not told otherwise.
    session.push(text(n), n % 2 ? 'odd' : 'message', String(n))
  }
})
server.listen(Number(process.env.PORT), '127.0.0.1')
