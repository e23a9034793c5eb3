# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# mpv: for windows.sh.

prepare() {
	ffmpeg -loglevel error -f lavfi -i testsrc=size=320x240:rate=10 \
		-f lavfi -i sine -t 5 -c:v libx264 -pix_fmt yuv420p -threads 1 \
		-c:a aac home/clip.mp4
	ffmpeg -loglevel error -i home/clip.mp4 -t 2 -c:v libvpx -threads 1 \
		-c:a libvorbis home/clip.webm
	printf '1\n00:00:00,000 --> 00:00:09,000\nunder the picture\n' \
		>home/clip.srt
}

play() {
	open_window clip mpv --ao=null --vo=x11 --msg-level=all=warn "$@"
}

# With a display that is too slow for a moment: mpv sleeps then, by a call that
# it has no other use for, and on a busy machine that comes by itself.
mpv_1() {
	play "$HOME/clip.mp4" "$HOME/clip.webm"
	kill -STOP "$display"
	sleep 1
	kill -CONT "$display"
	keys space space Right Left m f f o
	close_window Q
}

# Both play to the end, but only when the window has been seen.
mpv_2() {
	play --pause --speed=2 "$HOME/clip.mp4"
	close_window space
}

mpv_3() {
	play --pause --speed=2 --no-audio --loop=2 "$HOME/clip.webm"
	close_window space
}

mpv_4() {
	play --pause --start=2 "$HOME/clip.mp4"
	shoot
	close_window q
}

mpv_5() {
	play --no-osc --screenshot-template=frame --pause --start=1 \
		"$HOME/clip.mp4"
	keys s
	wait_for [ -s home/work/frame.jpg ]
	close_window q
}

mpv_6() {
	play --sub-file="$HOME/clip.srt" --pause --start=2 \
		"$HOME/clip.mp4"
	shoot
	close_window q
}
