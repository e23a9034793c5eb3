#!/bin/sh
# SPDX-License-Identifier: MIT
# A repository from its first commit to gc, at fixed dates.
set -eu

export HOME="$PWD" GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org
export GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.org

commit() {
	GIT_AUTHOR_DATE="$1 +0000" GIT_COMMITTER_DATE="$1 +0000" \
		git commit -q -m "$2"
}

git init -q -b trunk repo
cd repo
for i in 1 2 3 4 5 6; do
	mkdir -p "dir$i"
	seq 1 "${i}00" >"dir$i/file"
	git add .
	commit "170000000$i" "commit $i"
done
git checkout -q -b side HEAD~3
echo side >side
git add side
commit 1700000010 'on the side'
git checkout -q trunk
GIT_AUTHOR_DATE='1700000011 +0000' GIT_COMMITTER_DATE='1700000011 +0000' \
	git merge -q --no-edit -m merged side
git mv dir1/file dir1/renamed
commit 1700000012 rename
git tag -a -m 'a tag' v1 HEAD~1 2>/dev/null || echo tag failed
echo change >>dir2/file
git status --short
git diff --stat
git stash -q
git stash pop -q
git checkout -q -- dir2/file
git log --oneline --graph --all --stat
git blame -s dir2/file | tail -n 1
git grep -c 42 | tail -n 2
git gc -q --prune=now
git fsck --strict 2>/dev/null
git count-objects -v | grep -E '^(count|in-pack|packs):'
git clone -q . ../clone
git -C ../clone log -1 --format=%H
git archive HEAD | tar t | wc -l
echo done
