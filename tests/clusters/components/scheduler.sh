#!/bin/bash
# A Dask scheduler with TLS, and workers, all on this machine.
# usage: scheduler.sh start|stop FOLDER [PORT [WORKERS]]      PYTHON: the interpreter
set -euo pipefail
folder=$2 port=${3:-26010} workers=${4:-2}
certificates=(--tls-ca-file "$folder/ca.pem" --tls-cert "$folder/cert.pem" --tls-key "$folder/key.pem")

stop() { # workers first: a nanny that loses its scheduler as well waits for it
    for pid in $(tail -n +2 "$folder/pids") $(head -1 "$folder/pids"); do
        kill -TERM "$pid" 2> /dev/null || continue
        for _ in $(seq 100); do
            kill -0 "$pid" 2> /dev/null || continue 2
            sleep 0.1
        done
        kill -KILL -- "-$pid" 2> /dev/null || true
    done
}

start() {
    mkdir -p "$folder"
    : > "$folder/scheduler.log"
    "$PYTHON" - "$folder" << 'PYTHON_END'
import sys
from pathlib import Path

from distributed import Security

made = Security.temporary()  # one self-signed certificate for all parts
for name, text in (
    ("ca.pem", made.tls_ca_file), ("cert.pem", made.tls_client_cert), ("key.pem", made.tls_client_key)
):
    path = Path(sys.argv[1], name)
    path.touch(0o600)
    path.write_text(text)
PYTHON_END
    setsid "$PYTHON" -m distributed.cli.dask_scheduler --host 127.0.0.1 --port "$port" --protocol tls \
        --no-dashboard --idle-timeout 900 "${certificates[@]}" > "$folder/scheduler.log" 2>&1 < /dev/null &
    echo $! > "$folder/pids"
    for number in $(seq "$workers"); do
        setsid "$PYTHON" -m distributed.cli.dask_worker "tls://127.0.0.1:$port" --host 127.0.0.1 \
            --name "w$number" --nthreads 1 --memory-limit 2GiB --no-dashboard --death-timeout 60 \
            --local-directory "$folder" "${certificates[@]}" > "$folder/w$number.log" 2>&1 < /dev/null &
        echo $! >> "$folder/pids"
    done
    for _ in $(seq 600); do
        [ "$(grep -c 'Register worker' "$folder/scheduler.log")" -ge "$workers" ] && return
        sleep 0.1
    done
    tail "$folder"/*.log
    return 1
}

"$1"
