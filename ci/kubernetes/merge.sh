#!/bin/sh
# Merges the reports of the pods of an Indexed Job. RINGFENCE_RUN is the uid of that Job, and SHARDS its number of pods. A pod
# without a report fails it.
set -eu
folder=$RINGFENCE_OUT/$RINGFENCE_RUN
set --
number=1
while [ "$number" -le "$SHARDS" ]; do
    set -- "$@" "$folder/plan-$number.json"
    number=$((number + 1))
done
exec ringfence report merge "$@" --shards "$SHARDS" -o text -o "json=$folder/report.json"
