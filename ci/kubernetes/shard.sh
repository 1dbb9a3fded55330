#!/bin/sh
# Runs a shard of a plan in a pod of an Indexed Job. SHARDS is the number of completions, and Kubernetes sets
# JOB_COMPLETION_INDEX, which begins with 0. RINGFENCE_OUT is a folder that all pods share.
set -eu
number=$((JOB_COMPLETION_INDEX + 1))
exec ringfence plan "$@" --shard "$number/$SHARDS" -o text -o "json=$RINGFENCE_OUT/plan-$number.json"
