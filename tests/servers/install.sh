#!/usr/bin/env bash
# Installs npm's better-sse and Python's sse-starlette into target/servers.
set -euo pipefail
cd "$(dirname "$0")"
to=../../target/servers

mkdir -p "$to"
cp package.json package-lock.json "$to"
npm ci --prefix "$to" --engine-strict --no-audit --no-fund

[ -x "$to/venv/bin/pip" ] || python3 -m venv "$to/venv"
"$to/venv/bin/pip" install --requirement requirements.txt
