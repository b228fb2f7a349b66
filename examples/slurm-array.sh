#!/bin/bash
# job=$(sbatch --parsable slurm-array.sh)
# sbatch --dependency=afterok:$job --wrap 'pipeline cache merge /srv/pipeline/shards/*.db --into /srv/pipeline/features.db'
#
# Each task takes its part of the images, by the array's variables. A task that is
# killed or requeued continues where it stopped.
#SBATCH --job-name=pipeline-extract
#SBATCH --array=1-8
#SBATCH --cpus-per-task=4
#SBATCH --mem=2G
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=TERM@60

set -eu
root=${PIPELINE_ROOT:-/srv/pipeline}
mkdir -p "$root/shards"
exec pipeline extract --quiet \
	--data "$root/data" --backbone "$root/resnet18.onnx" \
	--cache "$root/shards/$SLURM_ARRAY_TASK_ID.db" \
	--workers "${SLURM_CPUS_PER_TASK:-0}"
