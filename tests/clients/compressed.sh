#!/usr/bin/env bash
# compressed.sh: serves bench-server's compressed topic from target/debug, and lets curl, Node's fetch
# and Python's httpx read it, each event on arrival: directly, and through nginx as Debian has it.
set -euo pipefail
cd "$(dirname "$0")/../.."

free_port() {
    python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

port=$(free_port)
COMPRESS=1 target/debug/bench-server axum "$port" & server=$!
trap 'kill "$server" ${proxy:-}; rm -rf "${dir:-}"' EXIT
curl --silent --retry 20 --retry-connrefused --retry-delay 1 "http://127.0.0.1:$port/stats" >/dev/null

python=target/clients/venv/bin/python
failed=0
check() {
    local url=$1 protocol=$2
    for encoding in gzip zstd br; do
        "$python" tests/clients/compressed.py curl "$url" "$protocol" "$encoding" "$port" || failed=1
    done
    "$python" tests/clients/compressed.py httpx "$url" "$protocol" gzip "$port" || failed=1
    node tests/clients/compressed.mjs "$url" "$protocol" "$port" || failed=1
}

for protocol in h1 h2; do
    echo "directly, $protocol:" && check "http://127.0.0.1:$port/sub" "$protocol"
done

dir=$(mktemp -d)
proxy_port=$(free_port)
# Nothing but what is needed: all that matters is as it comes.
cat > "$dir/nginx.conf" <<CONF
pid $dir/pid;
error_log stderr;
events {}
http {
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path $dir/body;
    proxy_temp_path $dir/proxy;
    fastcgi_temp_path $dir/fastcgi;
    uwsgi_temp_path $dir/uwsgi;
    scgi_temp_path $dir/scgi;
    gzip on;
    server {
        listen 127.0.0.1:$proxy_port;
        location / { proxy_pass http://127.0.0.1:$port; }
    }
}
CONF
nginx -c "$dir/nginx.conf" -p "$dir" -g 'daemon off;' & proxy=$!
curl --silent --retry 20 --retry-connrefused --retry-delay 1 "http://127.0.0.1:$proxy_port/stats" >/dev/null
echo "through nginx, h1:" && check "http://127.0.0.1:$proxy_port/sub" h1
exit "$failed"
