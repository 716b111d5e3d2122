-- How often a key has asked in the present minute, over all machines.

-- +goose Up
alter table api_key add column window_start text;
alter table api_key add column requests bigint not null default 0;

-- +goose Down
alter table api_key drop column requests;
alter table api_key drop column window_start;
