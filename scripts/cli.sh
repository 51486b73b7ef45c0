# npm run tributary -- …: the command line, in the folder where npm was called.

folder=${INIT_CWD:-$PWD}
. "$(dirname "$0")/install.sh"
step "$node" scripts/prepare.ts protos
command=$PWD/apps/cli/bin/tributary
cd "$folder"
exec "$command" "$@"
