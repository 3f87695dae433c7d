#!/usr/bin/env bash
# Serves example-llm from target/debug, and lets OpenAI's SDK talk to it.
set -euo pipefail
cd "$(dirname "$0")/../.."

coproc SERVER { PORT=0 TOKEN_MS=10 exec target/debug/example-llm; }
# bash forgets it when the server has ended.
server=$SERVER_PID
trap 'kill "$server"' EXIT
read -r -t 10 -u "${SERVER[0]}" line
target/clients/venv/bin/python tests/clients/llm.py "${line#listening on }" "$server"
trap - EXIT
wait "$server"
