#!/usr/bin/env bash
# Installs npm's eventsource, and Python's httpx-sse and openai, into target/clients.
set -euo pipefail
cd "$(dirname "$0")"
to=../../target/clients

mkdir -p "$to"
cp package.json package-lock.json "$to"
npm ci --prefix "$to" --engine-strict --no-audit --no-fund

[ -x "$to/venv/bin/pip" ] || python3 -m venv "$to/venv"
"$to/venv/bin/pip" install --requirement requirements.txt
