#!/bin/bash
# A Dask Gateway that starts clusters as processes of this machine, and asks for a password.
# usage: gateway.sh start|stop FOLDER [PORT]      PYTHON: the interpreter; GATEWAY_PASSWORD
set -euo pipefail
export GATEWAY_FOLDER=$2 GATEWAY_PORT=${3:-26040}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

stop() {
    local pid
    pid=$(cat "$GATEWAY_FOLDER/pid")
    kill -TERM "$pid" 2> /dev/null || return 0
    for _ in $(seq 150); do
        kill -0 "$pid" 2> /dev/null || return 0
        sleep 0.1
    done
    kill -KILL -- "-$pid" 2> /dev/null || true
}

start() {
    mkdir -p "$GATEWAY_FOLDER"
    setsid "$PYTHON" -m dask_gateway_server -f "$here/gateway_config.py" > "$GATEWAY_FOLDER/log" 2>&1 < /dev/null &
    echo $! > "$GATEWAY_FOLDER/pid"
    for _ in $(seq 300); do
        "$PYTHON" -c "import urllib.request as u; u.urlopen('http://127.0.0.1:$GATEWAY_PORT/api/health')" \
            2> /dev/null && return
        kill -0 "$(cat "$GATEWAY_FOLDER/pid")" || break
        sleep 0.2
    done
    cat "$GATEWAY_FOLDER/log"
    return 1
}

"$1"
