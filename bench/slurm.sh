#!/bin/bash
# Runs an extraction as a Slurm array on a cluster of one node. It requeues one of the
# tasks (SIGTERM), kills the process of another (SIGKILL) and requeues that too. Then it
# merges the shards and compares the features, bit for bit, with those of a single
# machine. One task reads a copy of the data in another place, as from a node's own
# disk. Needs root and Debian's slurm-wlm and munge. It starts its own daemons and stops
# them at the end.
#
#   go build -o /tmp/pipeline ./cmd/pipeline && bench/slurm.sh /tmp/pipeline DATA BACKBONE [SHARDS [VIEWS]]
set -euo pipefail
pipeline=$(realpath "$1") data=$(realpath "$2") backbone=$(realpath "$3") shards=${4:-4} views=${5:-1}
dir=$(mktemp -d) host=$(hostname -s)
chmod 755 "$dir"
mkdir "$dir"/{state,spool,shards,munge}

cat >"$dir/slurm.conf" <<CONF
ClusterName=bench
SlurmctldHost=$host
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket,cred_expire=5
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobRequeue=1
MinJobAge=3600
NodeName=$host CPUs=$(nproc) State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$dir/slurm.conf

dd if=/dev/urandom of="$dir/munge/key" bs=1 count=1024 status=none
chmod 400 "$dir/munge/key"
munged --force --foreground --key-file "$dir/munge/key" --socket "$dir/munge/socket" --pid-file "$dir/munge/pid" \
	--log-file "$dir/munge/log" --seed-file "$dir/munge/seed" 2>"$dir/munge/err" &
munged=$!
sleep 1
slurmctld -D 2>"$dir/slurmctld.err" &
slurmctld=$!
slurmd -D -N "$host" 2>"$dir/slurmd.err" &
slurmd=$!
trap 'kill $slurmd $slurmctld $munged 2>/dev/null; wait; rm -rf "$dir"' EXIT
for _ in $(seq 30); do
	[[ $(sinfo -h -o %t 2>/dev/null) == idle ]] && break
	sleep 1
done
sinfo

cp -r "$data" "$dir/elsewhere"
cat >"$dir/job.sh" <<JOB
#!/bin/bash
#SBATCH --array=11-$((10 + shards))
#SBATCH --requeue --open-mode=append --output=$dir/task-%a.out
data="$data"
[[ \$SLURM_ARRAY_TASK_ID == 12 ]] && data="$dir/elsewhere"
exec "$pipeline" extract --data "\$data" --backbone "$backbone" --cache "$dir/shards/\$SLURM_ARRAY_TASK_ID.db" --views $views --workers 1 --log-format json
JOB
job=$(sbatch --parsable "$dir/job.sh")

# begun waits until a task has features on disk: its store is larger than an empty one.
begun() {
	for _ in $(seq 6000); do
		(($(stat -c %s "$dir/shards/$1.db" 2>/dev/null || echo 0) > 1 << 20)) && return
		sleep 0.05
	done
	echo "task $1 has not begun" >&2
	return 1
}

# pid_of finds the process of a task: Slurm names those of its step, and the one that
# is ours runs the program and no other.
pid_of() {
	for pid in $(scontrol listpids "$(squeue -h -j "${job}_$1" -o %A)" | awk 'NR > 1 {print $1}'); do
		[[ $(readlink "/proc/$pid/exe") == "$pipeline" ]] && echo "$pid" && return
	done
	echo "task $1 has no process" >&2
	return 1
}

begun 11
scontrol requeue "${job}_11"
echo "task 11: requeued (SIGTERM)"

begun 12
pid=$(pid_of 12)
kill -KILL "$pid"
while [[ $(squeue -h -t R,CG -j "${job}_12" -o %A 2>/dev/null) ]]; do sleep 0.1; done
echo "task 12: process $pid killed (SIGKILL), $(scontrol show job "${job}_12" | grep -oE 'JobState=[A-Z]+|ExitCode=[0-9:]+' | paste -sd' ')"
"$pipeline" cache ls --cache "$dir/shards/12.db" | grep -E 'features|last scan'
scontrol requeue "${job}_12"
echo "task 12: requeued"
while squeue -h -j "$job" -o '%i %t' 2>/dev/null | grep -q .; do sleep 1; done
grep -H . "$dir"/task-*.out
for i in $(seq 11 $((10 + shards))); do
	scontrol show job "${job}_$i" | grep -oE 'ArrayTaskId=[0-9]+|Restarts=[0-9]+|JobState=[A-Z]+|ExitCode=[0-9:]+' | paste -sd' '
done

"$pipeline" cache merge "$dir"/shards/*.db --into "$dir/merged.db"
"$pipeline" extract --data "$data" --backbone "$backbone" --cache "$dir/single.db" --views "$views" --shard 1/1
for name in merged single; do
	"$pipeline" export --cache "$dir/$name.db" --format npz --file "$dir/$name.npz"
	"$pipeline" fit --quiet --cache "$dir/$name.db" --out "$dir/$name"
done
sha256sum "$dir"/*.npz "$dir"/{merged,single}/head.safetensors | sed "s#$dir/##"
cmp "$dir/merged.npz" "$dir/single.npz" && cmp "$dir/merged/head.safetensors" "$dir/single/head.safetensors"
echo "the merged store and the single machine's are equal, bit for bit"
