-- Who is kept out of a room, and what rooms say of themselves. Times are milliseconds since
-- 1970 in UTC.

-- +goose Up

CREATE TABLE bans (
	room TEXT NOT NULL,
	member TEXT NOT NULL,
	name TEXT NOT NULL,
	since BIGINT NOT NULL,
	until BIGINT NOT NULL,
	set_by TEXT NOT NULL,
	reason TEXT NOT NULL,
	lifted BOOLEAN NOT NULL,
	by_address BOOLEAN NOT NULL,
	addresses TEXT NOT NULL,
	PRIMARY KEY (room, member)
);

CREATE INDEX bans_by_member ON bans (member);

CREATE TABLE rooms (
	room TEXT NOT NULL PRIMARY KEY,
	title TEXT NOT NULL,
	topic TEXT NOT NULL,
	locked BOOLEAN NOT NULL,
	n BIGINT NOT NULL
);

CREATE INDEX rooms_by_n ON rooms (n);
