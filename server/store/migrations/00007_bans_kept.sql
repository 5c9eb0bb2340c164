-- Until when a ban is kept, if it replaced one that would have ended later than it, in
-- milliseconds since 1970 in UTC; otherwise 0.

-- +goose Up

ALTER TABLE bans ADD COLUMN kept BIGINT NOT NULL DEFAULT 0;
