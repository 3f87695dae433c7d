#!/usr/bin/env bash
# client.sh URL: curl shows the wire line by line, and goes on after the last id.
set -euo pipefail
url=$1
one="curl $$ one"
two="curl $$ two"

open() {
    exec 3< <(exec curl --silent --show-error --no-buffer --max-time 20 "$@" "$url/events")
    curl=$!
    seen=
}

# Reads up to a line like this, and fails if the stream ends before.
await() {
    while IFS= read -r -u 3 line; do
        seen+=$line$'\n'
        # shellcheck disable=SC2053 # The right side is a pattern.
        [[ $line != $1 ]] || return 0
    done
    printf 'no line like "%s" in:\n%s' "$1" "$seen" >&2
    return 1
}

# Prints the id that the post got.
post() {
    curl --silent --show-error --fail --data-binary "$1" "$url/wall"
}

open
trap 'kill "$curl"' EXIT
await 'event: machine'
await 'event: machine'
id=$(post "$one")
await "data: *\"$one\"*"
kill "$curl"

post "$two" >/dev/null
open --header "Last-Event-ID: $id"
await "data: *\"$two\"*"
[[ $seen != *"$one"* ]] || { printf 'sent again:\n%s' "$seen" >&2; exit 1; }
