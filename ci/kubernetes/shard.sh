#!/bin/sh
# Runs a shard of a plan in a pod of an Indexed Job. SHARDS is the number of completions, and Kubernetes sets
# JOB_COMPLETION_INDEX, which begins with 0. RINGFENCE_OUT is a folder that all pods share. The reports are in a folder of it
# with the uid of the Job, RINGFENCE_RUN, so that those of an earlier Job never pass for those of this one.
set -eu
number=$((JOB_COMPLETION_INDEX + 1))
folder=$RINGFENCE_OUT/$RINGFENCE_RUN
mkdir -p "$folder"
# A pod that was replaced may have left one.
rm -f "$folder/plan-$number.json"
exec ringfence plan "$@" --shard "$number/$SHARDS" -o text -o "json=$folder/plan-$number.json"
