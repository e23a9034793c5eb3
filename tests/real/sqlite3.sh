#!/bin/sh
# SPDX-License-Identifier: MIT
# A database in both journal modes: transactions, index, vacuum, two writers.
set -eu

sqlite3 rollback.db <<'SQL'
CREATE TABLE t(id INTEGER PRIMARY KEY, text TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO t SELECT i, printf('row %d', i * 7919 % 20011) FROM n;
CREATE INDEX by_text ON t(text);
BEGIN; DELETE FROM t WHERE id % 3 = 0; ROLLBACK;
DELETE FROM t WHERE id % 5 = 0;
VACUUM;
SELECT count(*), min(text), max(text) FROM t;
PRAGMA integrity_check;
SQL
sqlite3 wal.db 'PRAGMA journal_mode=WAL; CREATE TABLE t(n);'
for i in 1 2; do
	for j in 1 2 3 4 5 6 7 8; do
		sqlite3 -cmd '.timeout 10000' wal.db \
			"BEGIN IMMEDIATE; INSERT INTO t VALUES($i * $j); COMMIT;"
	done &
done
wait
sqlite3 -cmd '.mode csv' wal.db 'SELECT count(*), sum(n) FROM t;
	PRAGMA wal_checkpoint(TRUNCATE);'
sqlite3 rollback.db .dump | sha256sum
sqlite3 rollback.db 'SELECT nothing FROM nowhere;' 2>/dev/null || echo "status $?"
echo done
