# npm start: sets up what is missing, then becomes the server, so that a signal to npm reaches the server itself.

. "$(dirname "$0")/install.sh"
step "$node" scripts/prepare.ts protos web server
# What was compiled for one start is there for the next. A young generation of a few megabytes is enough for the server,
# which keeps little: V8 would begin with so little that a start takes an eighth longer, and let it grow to a hundred. The
# old one is looked through when it has doubled: by itself V8 does that after each few megabytes of log that pass
# through, four times a second.
export NODE_COMPILE_CACHE="$PWD/.cache/compiled"
exec "$node" --min-semi-space-size=8 --max-semi-space-size=8 --heap-growing-percent=100 apps/server/dist/main.js "$@"
