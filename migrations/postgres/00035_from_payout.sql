-- +goose Up

-- The payout that a book begins with, and the movements since its cut-over that
-- are not the book's: an earlier payout had paid them out, or their invoice
-- carried a receipt when the book began.
alter table book add column from_payout jsonb not null default 'null';
create table earlier_movement (
    tenant     text collate "C" not null,
    book       text collate "C" not null,
    connection text collate "C" not null,
    movement   text collate "C" not null,
    cause      text collate "C" not null,
    primary key (tenant, book, connection, movement)
);

-- +goose Down
drop table earlier_movement;
alter table book drop column from_payout;
