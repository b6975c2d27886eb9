#!/bin/sh
# Starts a sentinel: start-sentinel.sh NAME, where NAME is its host name for the others and the app.
# The first start creates its file from sentinel.conf and the variables REDIS_PASSWORD and
# SENTINEL_PASSWORD; later starts use the file that the sentinel has rewritten.
# SENTINEL_TEMPLATE and SENTINEL_FILE are the paths of the two files.
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
