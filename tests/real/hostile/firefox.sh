#!/bin/bash
# SPDX-License-Identifier: MIT
# Firefox under "$@" makes a picture of a page with a script, a worker and a
# frame, and four of its pixels are told. Meanwhile the process of the page has
# filters of its own: how many more than the browser, is told as well.
set -eu

firefox=/usr/lib/firefox-esr/firefox-esr
cat >page.html <<'END'
<!doctype html><title>page</title>
<body style="background: #ffcc00"><canvas id=c width=300 height=100></canvas>
<iframe srcdoc="<body style='background: #00ccff'>"></iframe>
<script>
new Worker(URL.createObjectURL(new Blob(["postMessage(42)"])));
const to = c.getContext("2d");
to.fillStyle = [3, 1, 2].sort().join() == "1,2,3" ? "#cc0000" : "#000000";
to.fillRect(0, 0, 300, 100);
const until = Date.now() + 500;
while (Date.now() < until);
</script>
END
mkdir -p profile

filters() {
	awk '/^Seccomp_filters:/ { print $2 }' "/proc/$1/status"
}

descendants() {
	local pid

	for pid in $(pgrep -P "$1"); do
		echo "$pid"
		descendants "$pid"
	done
}

# The process of a page is a descendant of the browser, called "tab" at the end
# of its command line.
watch() {
	local browser pid own here most=0

	until [ -e over ]; do
		sleep 0.02
		browser=$(pgrep -f "^$firefox .*$PWD/profile") || continue
		own=$(filters "$browser") || continue
		for pid in $(descendants "$browser"); do
			tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q ' tab $' &&
				here=$(filters "$pid") || continue
			[ "$((here - own))" -le "$most" ] || most=$((here - own))
		done
	done
	echo "filters of a page's process: $most more"
}

watch >watched 2>/dev/null &
"$@" $firefox --headless --no-remote --profile "$PWD/profile" \
	--window-size 400,300 --screenshot "$PWD/shot.png" \
	"file://$PWD/page.html" >said 2>&1 || {
	echo "status $?"
	cat said >&2
}
touch over
wait
cat watched
for at in 390,290 20,20 200,60 100,200; do
	convert shot.png -format "%[hex:p{$at}]\n" info:
done
echo done
