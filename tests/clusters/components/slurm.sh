#!/bin/bash
# A one-machine SLURM: controller and virtual nodes, no systemd, no cgroups, loopback only. Needs root.
# usage: slurm.sh start|stop FOLDER [PORT [NODES [CPUS]]]
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin
folder=$2 port=${3:-26030} nodes=${4:-2} cpus=${5:-2}
host=$(hostname -s)
export SLURM_CONF=$folder/slurm.conf

stop() {
    scancel --user root 2> /dev/null || true
    for _ in $(seq 50); do
        [ -z "$(squeue --noheader 2> /dev/null)" ] && break
        sleep 0.1
    done
    scontrol shutdown 2> /dev/null || true
    for file in "$folder"/slurmd-*.pid "$folder/slurmctld.pid" "$folder/munge/pid"; do
        [ -s "$file" ] || continue
        pid=$(cat "$file")
        kill -TERM "$pid" 2> /dev/null || continue
        for _ in $(seq 50); do
            kill -0 "$pid" 2> /dev/null || continue 2
            sleep 0.1
        done
    done
}

start() {
    mkdir -p "$folder"/{munge,state,spool,log}
    chmod 711 "$folder" "$folder/munge"
    local names ports plugins
    names="n[1-$nodes]" ports="[$((port + 1))-$((port + nodes))]"
    [ "$nodes" = 1 ] && names=n1 ports=$((port + 1))
    plugins=$(dirname "$(find /usr/lib -name auth_munge.so | head -1)")
    cat > "$SLURM_CONF" << CONFIGURATION
ClusterName=tests
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CredType=cred/munge
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SwitchType=switch/none
MpiDefault=none
PluginDir=$plugins
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_min_interval=100000,batch_sched_delay=0,bf_interval=1
ReturnToService=2
KillWait=2
OverTimeLimit=0
MinJobAge=300
InactiveLimit=0
Waittime=0
MaxArraySize=10
NodeName=$names NodeHostname=$host NodeAddr=127.0.0.1 Port=$ports CPUs=$cpus RealMemory=8000 State=UNKNOWN
PartitionName=debug Nodes=ALL Default=YES MaxTime=60 State=UP
PartitionName=short Nodes=ALL MaxTime=1 State=UP
CONFIGURATION
    dd if=/dev/urandom of="$folder/munge/key" bs=1024 count=1 2> /dev/null
    chmod 600 "$folder/munge/key"
    munged --force --socket="$folder/munge/socket" --key-file="$folder/munge/key" \
        --pid-file="$folder/munge/pid" --log-file="$folder/munge/log" --seed-file="$folder/munge/seed"
    slurmctld
    for number in $(seq "$nodes"); do
        slurmd -N "n$number"
    done
    for _ in $(seq 200); do
        [ "$(sinfo -h -p debug -N -t idle -o %N 2> /dev/null | wc -l)" = "$nodes" ] && return
        sleep 0.1
    done
    tail -20 "$folder"/log/*
    return 1
}

"$1"
