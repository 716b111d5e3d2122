-- +goose Up

-- The payout that a book begins with, and the movements since its cut-over that
-- are not the book's: an earlier payout had paid them out, or their invoice
-- carried a receipt when the book began.
alter table book add column from_payout text not null default 'null';
create table earlier_movement (
    tenant     text not null,
    book       text not null,
    connection text not null,
    movement   text not null,
    cause      text not null,
    primary key (tenant, book, connection, movement)
);

-- +goose Down
drop table earlier_movement;
alter table book drop column from_payout;
