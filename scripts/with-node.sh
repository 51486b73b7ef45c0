# Runs one of the scripts beside this file: sh scripts/with-node.sh scripts/check.ts

. "$(dirname "$0")/install.sh"
exec "$node" "$@"
