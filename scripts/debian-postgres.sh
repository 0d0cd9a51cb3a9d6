#!/usr/bin/env bash
# A PostgreSQL server of Debian's package, for tests and benchmarks.
#   scripts/debian-postgres.sh start DIR   makes a cluster in DIR, starts it on a free port, prints its URL
#   scripts/debian-postgres.sh stop DIR    ends it and removes DIR
# Installs the package when it is missing and we are root. Nothing is kept, so nothing is flushed to disk.
set -euo pipefail

say() { echo "debian-postgres: $*" >&2; }

binaries() { find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1; }

install_package() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "no PostgreSQL server under /usr/lib/postgresql, and only root on Debian or Ubuntu can install one"
    return 1
  fi
  say "installing PostgreSQL"
  # The package would otherwise make and start a cluster of its own.
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2
  apt-get install -y -qq --no-install-recommends postgresql-15 >&2 || apt-get install -y -qq --no-install-recommends postgresql >&2
}

# PostgreSQL does not run as root.
as_server_user() {
  if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

start() {
  local dir=$1 bin port
  bin=$(binaries)
  if [ -z "$bin" ]; then
    install_package
    bin=$(binaries)
  fi
  mkdir -p "$dir"
  if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; fi
  # A language's order, not the C order of the private PostgreSQL: a query that leaves the order to the database's
  # default shows itself.
  as_server_user "$bin/initdb" -D "$dir/data" --no-sync --username=postgres --auth-local=trust --auth-host=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US >/dev/null
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  as_server_user "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -s -o "-p $port -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories=$dir -c fsync=off -c synchronous_commit=off -c full_page_writes=off" start >/dev/null
  as_server_user "$bin/psql" -qX -h "$dir" -p "$port" -U postgres -d postgres -v ON_ERROR_STOP=1 \
    -c "CREATE ROLE idcs LOGIN CREATEDB PASSWORD 'idcs'" -c 'CREATE DATABASE idcs OWNER idcs'
  echo "postgres://idcs:idcs@127.0.0.1:$port/idcs"
}

stop() {
  local dir=$1 bin
  bin=$(binaries)
  if [ -n "$bin" ] && [ -e "$dir/data/postmaster.pid" ]; then
    as_server_user "$bin/pg_ctl" -D "$dir/data" -m immediate -w -s stop >&2 || true
  fi
  rm -rf -- "$dir"
}

case "${1-} ${2-}" in
  'start '?*) start "$2" ;;
  'stop '?*) stop "$2" ;;
  *)
    say "usage: $0 start|stop DIR"
    exit 2
    ;;
esac
