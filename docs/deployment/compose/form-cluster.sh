#!/bin/sh
# Forms a cluster: form-cluster.sh REPLICAS HOST:PORT HOST:PORT HOST:PORT ...
# REPLICAS is the number of replicas per primary. The password is $REDISCLI_AUTH. It does not change
# an existing cluster, so it may run at every start.
set -eu

replicas=$1
shift

# A field of CLUSTER INFO of one node (HOST:PORT FIELD), without carriage returns.
cluster_info() {
  redis-cli -h "${1%:*}" -p "${1##*:}" cluster info | tr -d '\r' | sed -n "s/^$2://p"
}

# A node that has not met the others knows only itself.
is_blank() {
  [ "$(cluster_info "$1" cluster_known_nodes)" = 1 ] &&
    [ "$(cluster_info "$1" cluster_slots_assigned)" = 0 ]
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

# It takes a moment until all nodes agree, after the creation and after a restart of all of them.
tries=0
for node in "$@"; do
  until [ "$(cluster_info "$node" cluster_state)" = ok ] &&
    [ "$(cluster_info "$node" cluster_slots_assigned)" = 16384 ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 60 ]; then
      echo "$node is in a cluster that is not complete: redis-cli --cluster check $node" >&2
      exit 1
    fi
    sleep 1
  done
done
echo "The cluster of $# nodes is complete."
