#!/usr/bin/env bash
# Serves example-llm from target/debug, and lets OpenAI's SDK talk to it.
set -euo pipefail
cd "$(dirname "$0")/../.."

coproc SERVER { PORT=0 TOKEN_MS=10 exec target/debug/example-llm; }
trap 'kill "$SERVER_PID"' EXIT
read -r -t 10 -u "${SERVER[0]}" line
target/clients/venv/bin/python tests/clients/llm.py "${line#listening on }" "$SERVER_PID"
trap - EXIT
wait "$SERVER_PID"
