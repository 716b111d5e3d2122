-- How far the reading of each list is.

-- +goose Up

-- seen is how many rows were read of it, total how many the vendor said there
-- are (0 when it does not say), began and moved when the first and the newest
-- page were read.
alter table stream add column seen bigint not null default 0;
alter table stream add column total bigint not null default 0;
alter table stream add column began text;
alter table stream add column moved text;

-- +goose Down
alter table stream drop column moved;
alter table stream drop column began;
alter table stream drop column total;
alter table stream drop column seen;
