-- The id of the member by whose word a ban is, if it is one, so that erasing reaches the name.

-- +goose Up

ALTER TABLE bans ADD COLUMN set_by_id TEXT NOT NULL DEFAULT '';
