#!/bin/sh
# Starts a sentinel: start-sentinel.sh NAME, where NAME is how the others and the app reach it.
# At the first start its file is made from sentinel.conf and the variables REDIS_PASSWORD and
# SENTINEL_PASSWORD; later starts go on with what the sentinel wrote down.
# SENTINEL_TEMPLATE and SENTINEL_FILE say where the two files are.
set -eu

name=$1
template=${SENTINEL_TEMPLATE:-/etc/sentinel/sentinel.conf}
file=${SENTINEL_FILE:-/data/sentinel.conf}

for password in "$REDIS_PASSWORD" "$SENTINEL_PASSWORD"; do
  case $password in
    '' | *[!A-Za-z0-9]*)
      echo 'REDIS_PASSWORD and SENTINEL_PASSWORD must be letters and digits: openssl rand -hex 32' >&2
      exit 1
      ;;
  esac
done

umask 077
if [ ! -s "$file" ]; then
  {
    cat "$template"
    echo "sentinel announce-ip $name"
    echo "sentinel auth-pass mymaster $REDIS_PASSWORD"
    echo "sentinel sentinel-pass $SENTINEL_PASSWORD"
    echo "requirepass $SENTINEL_PASSWORD"
  } >"$file.new"
  mv "$file.new" "$file"
fi
exec redis-server "$file" --sentinel
