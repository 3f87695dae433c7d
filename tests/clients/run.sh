#!/usr/bin/env bash
# run.sh EXAMPLE: serves it from target/debug, and lets every real client talk to it at once;
# and stops another one of it.
set -euo pipefail
cd "$(dirname "$0")/../.."

coproc SERVER { PORT=0 exec "target/debug/$1"; }
trap 'kill "$SERVER_PID"' EXIT
read -r -t 10 -u "${SERVER[0]}" line
url=${line#listening on }

# Node looks for packages beside the script.
cp tests/clients/client.mjs target/clients/
bash tests/clients/client.sh "$url" & curl=$!
node target/clients/client.mjs "$url" & eventsource=$!
target/clients/venv/bin/python tests/clients/client.py "$url" & httpx_sse=$!
python3 tests/clients/stop.py "$1" & stop=$!

failed=0
wait "$curl" || { echo "curl failed"; failed=1; }
wait "$eventsource" || { echo "eventsource failed"; failed=1; }
wait "$httpx_sse" || { echo "httpx-sse failed"; failed=1; }
wait "$stop" || { echo "stopping failed"; failed=1; }
exit "$failed"
