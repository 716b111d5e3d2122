-- +goose Up

-- What was done, by whom and why: append-only, and each line carries the hash
-- of the one before it. The entry is kept to the byte that its hash is of.
create table journal (
    tenant   text not null,
    book     text not null,
    seq      bigint not null,
    at       timestamptz not null,
    kind     text not null,
    intent   text not null,
    doc_kind text not null,
    doc_id   text not null,
    entry    bytea not null,
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
create function journal_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the journal is append-only';
end;
$$;
-- +goose StatementEnd
create trigger journal_no_change before update or delete on journal for each row execute function journal_append_only();
create trigger journal_no_truncate before truncate on journal for each statement execute function journal_append_only();

-- What a write was lowered from, so that it can be reversed and written again.
alter table intent add column booking text;

-- +goose Down
alter table intent drop column booking;
drop table journal_head;
drop table journal;
drop function journal_append_only();
