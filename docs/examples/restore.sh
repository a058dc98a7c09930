# Run by `sh -s SNAPSHOT` in the container of Redis (docs/operations.md): replaces its data by a snapshot.
# Redis with an append-only file ignores snapshots at start, so a server without one loads it and writes the file anew.
# The data of before stay in appendonlydir.before until the next restore; if anything fails they are put back.
set -eu
now=/data/appendonlydir
before=/data/appendonlydir.before
ask() { redis-cli -p 6380 "$@" </dev/null; }
answers() { [ "$(ask ping 2>/dev/null)" = PONG ]; }
unset REDISCLI_AUTH

[ -s "$1" ] || { echo "There is no snapshot $1. Nothing was changed." >&2; exit 1; }
redis-check-rdb "$1" >/dev/null || { echo "The snapshot $1 is damaged. Nothing was changed." >&2; exit 1; }
rm -f /data/dump.rdb
cp "$1" /data/dump.rdb || { rm -f /data/dump.rdb; echo "The volume has no room for it. Nothing was changed." >&2; exit 1; }

put_back() {
  ask shutdown nosave >/dev/null 2>&1 || true
  rm -rf "$now" /data/dump.rdb
  [ ! -d "$before" ] || mv "$before" "$now"
  echo "The snapshot could not be restored. Everything is as it was." >&2
}
if [ -d "$now" ]; then
  rm -rf "$before"
  mv "$now" "$before"
fi
trap put_back EXIT
trap 'exit 1' HUP INT TERM
redis-server --dir /data --dbfilename dump.rdb --appendonly no --save '' --port 6380 --daemonize yes >/dev/null
tries=0
until answers; do
  tries=$((tries + 1))
  [ "$tries" -le 300 ]
  sleep 1
done
ask config set appendonly yes >/dev/null
while ask info persistence | grep -qE 'aof_rewrite_(in_progress|scheduled):1'; do sleep 1; done
ask info persistence | grep -q 'aof_last_bgrewrite_status:ok'
trap - EXIT
echo "restored: $(ask dbsize) keys"
ask shutdown nosave
rm /data/dump.rdb
