-- Books that came out of a backup.

-- +goose Up

-- A book whose rows were restored may have forgotten writes that were made after
-- the backup: until it has come to rest once, every write is looked for at the
-- vendor before it is sent.
create table restored (
    tenant text not null,
    book   text not null,
    at     text not null,
    primary key (tenant, book)
);

-- +goose Down
drop table restored;
