-- +goose Up

-- Who tells other programs of events, and when they last said that they still do.
CREATE TABLE tellers (
	id TEXT NOT NULL PRIMARY KEY,
	seen BIGINT NOT NULL
);

-- What an endpoint has not acknowledged yet. The owner is the teller that sends it.
CREATE TABLE outbox (
	endpoint TEXT NOT NULL,
	teller TEXT NOT NULL,
	n BIGINT NOT NULL,
	owner TEXT NOT NULL,
	id TEXT NOT NULL,
	room TEXT NOT NULL,
	member TEXT NOT NULL,
	body TEXT NOT NULL,
	PRIMARY KEY (endpoint, teller, n)
);

CREATE INDEX outbox_by_owner ON outbox (owner, n);

CREATE INDEX outbox_by_member ON outbox (member);

-- Of whom it was told that they joined, and not yet that they left.
CREATE TABLE told (
	room TEXT NOT NULL,
	member TEXT NOT NULL,
	joined_at BIGINT NOT NULL,
	teller TEXT NOT NULL,
	PRIMARY KEY (room, member)
);

CREATE INDEX told_by_teller ON told (teller);

-- Endpoints that have said that they are gone for good.
CREATE TABLE ended_endpoints (
	endpoint TEXT NOT NULL PRIMARY KEY,
	at BIGINT NOT NULL
);
