-- Who is expected in a room, and what was corrected by hand. Times are milliseconds since
-- 1970 in UTC.

-- +goose Up

CREATE TABLE expected (
	room TEXT NOT NULL PRIMARY KEY,
	starts BIGINT,
	late_after BIGINT,
	set_by TEXT NOT NULL,
	set_at BIGINT NOT NULL
);

CREATE TABLE expected_people (
	room TEXT NOT NULL,
	n BIGINT NOT NULL,
	member TEXT NOT NULL,
	name TEXT NOT NULL,
	PRIMARY KEY (room, n)
);

CREATE INDEX expected_people_by_member ON expected_people (member);

CREATE TABLE marks (
	room TEXT NOT NULL,
	person TEXT NOT NULL,
	mark TEXT NOT NULL,
	set_by TEXT NOT NULL,
	set_at BIGINT NOT NULL,
	PRIMARY KEY (room, person)
);

CREATE INDEX marks_by_person ON marks (person);
