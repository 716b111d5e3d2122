-- What a second person is asked is kept so that it can be done, and what came
-- of it stands beside the answer.

-- +goose Up
alter table approval add column proposal text not null default '';
alter table approval add column outcome text not null default '';
alter table approval add column done_at timestamptz;

-- +goose Down
alter table approval drop column done_at;
alter table approval drop column outcome;
alter table approval drop column proposal;
