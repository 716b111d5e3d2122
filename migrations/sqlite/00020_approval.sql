-- What a second person sees of what is asked for.

-- +goose Up

-- In words, and where in the pages it is shown.
alter table approval add column what text not null default '';
alter table approval add column page text not null default '';

-- +goose Down
alter table approval drop column page;
alter table approval drop column what;
