-- The statements are those that SQLite and PostgreSQL both know. Times are milliseconds
-- since 1970 in UTC.

-- +goose Up

-- The lowest version of the schema that a program must know to use this database; see
-- checkVersion.
CREATE TABLE rollcall (
	least BIGINT NOT NULL
);

INSERT INTO rollcall (least) VALUES (1);

CREATE TABLE lives (
	id BIGINT NOT NULL PRIMARY KEY,
	node TEXT NOT NULL,
	began BIGINT NOT NULL,
	seen BIGINT NOT NULL,
	ended BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE visits (
	life BIGINT NOT NULL,
	n BIGINT NOT NULL,
	room TEXT NOT NULL,
	member TEXT NOT NULL,
	name TEXT NOT NULL,
	identity TEXT NOT NULL,
	role TEXT NOT NULL,
	attached BIGINT NOT NULL,
	detached BIGINT,
	reason TEXT NOT NULL,
	PRIMARY KEY (life, n)
);

CREATE INDEX visits_by_room ON visits (room, attached);

CREATE INDEX visits_by_member ON visits (member);

CREATE INDEX visits_by_age ON visits (attached);

CREATE TABLE gaps (
	life BIGINT NOT NULL,
	began BIGINT NOT NULL,
	ended BIGINT NOT NULL,
	PRIMARY KEY (life, began)
);
