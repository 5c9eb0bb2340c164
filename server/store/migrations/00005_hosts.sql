-- Who hosts a room without a sign-in that says so: the ids, whether its lock is a host's, and
-- when the last host left, in milliseconds since 1970 in UTC, or 0.

-- +goose Up

ALTER TABLE rooms ADD COLUMN hosts TEXT NOT NULL DEFAULT '';
ALTER TABLE rooms ADD COLUMN host_lock BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE rooms ADD COLUMN host_left BIGINT NOT NULL DEFAULT 0;
