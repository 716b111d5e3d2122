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
    at         text not null,
    primary key (tenant, id)
);
create index note_subject on note (tenant, connection, kind, subject, at);

-- +goose StatementBegin
create trigger note_no_update before update on note
begin
    select raise(abort, 'notes are append-only');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger note_no_delete before delete on note
begin
    select raise(abort, 'notes are append-only');
end;
-- +goose StatementEnd

-- +goose Down
drop trigger note_no_delete;
drop trigger note_no_update;
drop table note;
