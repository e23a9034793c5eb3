# SPDX-License-Identifier: MIT
# A program of user $1, in a sandbox, is refused a call while `jail watch` looks:
# its offers are in out, its notes in said. For a shell in a mount namespace of
# its own whose /run is ready; ./jail and ./prog are what they say.
. "$BATS_TEST_DIRNAME/../lib/wait.sh"
as="setpriv --reuid=$1 --regid=$1 --clear-groups"
store=--db=$HOME/$1.db
rm -f out said
$as ./jail add --quiet "$store" special read
./jail watch --source=netlink --all --json "$store" >out 2>said &
watch=$!
await grep -q watching said
$as ./jail enforce --quiet "$store" --name=special --deny=log \
	./prog kill_process 2>/dev/null
await grep -q '"name":"time"' out
kill $watch
wait $watch
