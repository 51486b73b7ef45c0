# npm start: sets up what is missing, then becomes the server, so that a signal to npm reaches the server itself.

. "$(dirname "$0")/install.sh"
step "$node" scripts/prepare.ts protos web
exec "$node" apps/server/src/main.ts "$@"
