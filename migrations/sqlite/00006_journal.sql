-- +goose Up

-- What was done, by whom and why: append-only, and each line carries the hash
-- of the one before it. The entry is kept to the byte that its hash is of.
create table journal (
    tenant   text not null,
    book     text not null,
    seq      bigint not null,
    at       text not null,
    kind     text not null,
    intent   text not null,
    doc_kind text not null,
    doc_id   text not null,
    entry    blob not null,
    hash     text not null,
    primary key (tenant, book, seq)
);
create index journal_intent on journal (tenant, book, intent) where intent <> '';
create index journal_document on journal (tenant, book, doc_id) where doc_id <> '';

-- The end of each chain: the row that appending locks.
create table journal_head (
    tenant text not null,
    book   text not null,
    seq    bigint not null,
    hash   text not null,
    primary key (tenant, book)
);

-- +goose StatementBegin
create trigger journal_no_update before update on journal
begin
    select raise(abort, 'the journal is append-only');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger journal_no_delete before delete on journal
begin
    select raise(abort, 'the journal is append-only');
end;
-- +goose StatementEnd

-- What a write was lowered from, so that it can be reversed and written again.
alter table intent add column booking text;

-- +goose Down
alter table intent drop column booking;
drop trigger journal_no_delete;
drop trigger journal_no_update;
drop table journal_head;
drop table journal;
