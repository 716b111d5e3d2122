-- What people have written about invoices and customers: append-only.

-- +goose Up

create table note (
    tenant     text not null,
    id         text not null,
    connection text not null,
    kind       text not null,
    subject    text not null,
    person     text not null,
    author     text not null,
    text       text not null,
    at         timestamptz not null,
    primary key (tenant, id)
);
create index note_subject on note (tenant, connection, kind, subject, at);

-- +goose StatementBegin
create function note_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'notes are append-only';
end;
$$;
-- +goose StatementEnd
create trigger note_no_change before update or delete on note for each row execute function note_append_only();
create trigger note_no_truncate before truncate on note for each statement execute function note_append_only();

-- +goose Down
drop table note;
drop function note_append_only();
