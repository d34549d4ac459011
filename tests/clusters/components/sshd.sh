#!/bin/bash
# Two SSH servers that stand for two hosts, 127.0.0.2 and 127.0.0.3; keys only. Needs root.
# usage: sshd.sh start|stop FOLDER [PORT]
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin
folder=$2 port=${3:-26020} hosts="127.0.0.2 127.0.0.3"

stop() {
    for file in "$folder"/*.pid; do
        [ -s "$file" ] && kill "$(cat "$file")" 2> /dev/null || true
    done
}

start() {
    mkdir -p "$folder"
    chmod 700 "$folder"
    mkdir -m 755 -p /run/sshd # where sshd keeps its unprivileged part, and insists on it
    ssh-keygen -q -t ed25519 -N '' -f "$folder/id"
    ssh-keygen -q -t ed25519 -N '' -f "$folder/id_wrong" # which no host lets in
    install -m 600 "$folder/id.pub" "$folder/authorized_keys"
    for host in $hosts; do
        ssh-keygen -q -t ed25519 -N '' -f "$folder/host_$host"
        echo "[$host]:$port $(cut -d' ' -f1,2 "$folder/host_$host.pub")" >> "$folder/known_hosts"
        printf '%s\n' "Port $port" "ListenAddress $host" "HostKey $folder/host_$host" \
            "PidFile $folder/$host.pid" "AuthorizedKeysFile $folder/authorized_keys" "StrictModes no" \
            "PubkeyAuthentication yes" "PasswordAuthentication no" "KbdInteractiveAuthentication no" \
            "PermitRootLogin prohibit-password" "UsePAM no" "PrintMotd no" "UseDNS no" \
            "MaxStartups 50:30:100" > "$folder/$host.conf"
        /usr/sbin/sshd -f "$folder/$host.conf" -E "$folder/$host.log"
    done
    for host in $hosts; do
        for _ in $(seq 100); do
            ssh -F none -p "$port" -i "$folder/id" -o IdentitiesOnly=yes -o BatchMode=yes \
                -o UserKnownHostsFile="$folder/known_hosts" "root@$host" true && continue 2
            sleep 0.1
        done
        cat "$folder"/*.log
        return 1
    done
}

"$1"
