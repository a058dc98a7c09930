# Run by `sh -s SNAPSHOT` in the container of Redis (docs/operations.md): replaces its data by a snapshot.
# Redis with an append-only file ignores snapshots at start, so a server without one loads it and writes the file anew.
set -eu
rm -rf /data/appendonlydir
cp "$1" /data/dump.rdb
redis-server --dir /data --dbfilename dump.rdb --appendonly no --save '' --port 6380 --daemonize yes >/dev/null
unset REDISCLI_AUTH
ask() { redis-cli -p 6380 "$@"; }
until [ "$(ask ping 2>/dev/null)" = PONG ]; do sleep 1; done
ask config set appendonly yes >/dev/null
while ask info persistence | grep -qE 'aof_rewrite_(in_progress|scheduled):1'; do sleep 1; done
ask info persistence | grep -q 'aof_last_bgrewrite_status:ok'
echo "restored: $(ask dbsize) keys"
ask shutdown nosave
rm /data/dump.rdb
