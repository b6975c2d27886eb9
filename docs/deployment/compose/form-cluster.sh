#!/bin/sh
# Makes servers one cluster: form-cluster.sh REPLICAS HOST:PORT HOST:PORT HOST:PORT ...
# REPLICAS is the number for each primary. The password is $REDISCLI_AUTH. Once there is a cluster it
# changes nothing, so it may run at every start.
set -eu

replicas=$1
shift

# cluster_state, cluster_slots_assigned, cluster_known_nodes: of one node, without carriage returns.
ask() {
  redis-cli -h "${1%:*}" -p "${1##*:}" cluster info | tr -d '\r' | sed -n "s/^$2://p"
}

# A node that has not met the others knows only itself.
is_blank() {
  [ "$(ask "$1" cluster_known_nodes)" = 1 ] && [ "$(ask "$1" cluster_slots_assigned)" = 0 ]
}

blank=0
for node in "$@"; do
  if is_blank "$node"; then blank=$((blank + 1)); fi
done

if [ "$blank" -eq $# ]; then
  redis-cli --cluster create "$@" --cluster-replicas "$replicas" --cluster-yes
elif [ "$blank" -gt 0 ]; then
  echo "$blank of $# nodes are not in the cluster. Add them: redis-cli --cluster add-node" >&2
  exit 1
fi

# Nodes agree a moment after they have been told, and after a restart of all of them.
tries=0
for node in "$@"; do
  until [ "$(ask "$node" cluster_state)" = ok ] &&
    [ "$(ask "$node" cluster_slots_assigned)" = 16384 ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 60 ]; then
      echo "$node is in a cluster that is not complete: redis-cli --cluster check $node" >&2
      exit 1
    fi
    sleep 1
  done
done
echo "The cluster of $# nodes is complete."
