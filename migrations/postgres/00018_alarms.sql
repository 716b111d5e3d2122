-- Alarms about connections, and the e-mails on their way.

-- +goose Up

-- What is wrong with a connection, one row of each kind; cleared is when it was
-- over.
create table alarm (
    tenant     text not null,
    connection text not null,
    kind       text not null,
    name       text not null,
    text       text not null,
    since      timestamptz,
    raised     timestamptz not null,
    told       timestamptz not null,
    times      bigint not null,
    cleared    timestamptz,
    primary key (tenant, connection, kind)
);

create table mail (
    tenant     text not null,
    id         text not null,
    subject    text not null,
    body       text not null,
    attempts   bigint not null,
    not_before timestamptz not null,
    problem    text not null,
    ended      boolean not null,
    created_at timestamptz not null,
    primary key (tenant, id)
);
create index mail_due on mail (tenant, not_before) where not ended;

-- +goose Down
drop table mail;
drop table alarm;
