-- +goose Up

-- Who: tenants, grants, connections, books.

create table tenant (
    id text not null primary key
);

create table grants (
    tenant          text not null references tenant (id),
    id              text not null,
    vendor          text not null,
    access          bytea not null,
    refresh         bytea not null,
    expires         timestamptz,
    refresh_expires timestamptz,
    secret_key      boolean not null,
    dead            boolean not null,
    updated_at      timestamptz,
    primary key (tenant, id)
);

create table pending_consent (
    state    text not null primary key,
    vendor   text not null,
    redirect text not null,
    expires  timestamptz not null
);

create table connection (
    tenant      text not null references tenant (id),
    id          text not null,
    vendor      text not null,
    external_id text not null,
    grant_id    text not null,
    state       text not null,
    why         text not null,
    profile     jsonb not null,
    schedule    text not null,
    due         timestamptz,
    failures    bigint not null,
    fresh       timestamptz,
    created_at  timestamptz,
    primary key (tenant, id),
    unique (tenant, vendor, external_id)
);

create table book (
    tenant     text not null references tenant (id),
    id         text not null,
    name       text not null,
    ledger     text not null,
    generation bigint not null,
    cut_over   timestamptz,
    opening    jsonb not null,
    accounts   jsonb not null,
    settings   jsonb not null,
    writes     boolean not null,
    zone       text not null,
    created_at timestamptz,
    primary key (tenant, id),
    foreign key (tenant, ledger) references connection (tenant, id)
);

-- A processor's account feeds exactly one book: hence the key.
create table book_source (
    tenant     text not null,
    connection text not null,
    book       text not null,
    position   bigint not null,
    primary key (tenant, connection),
    foreign key (tenant, connection) references connection (tenant, id),
    foreign key (tenant, book) references book (tenant, id)
);
create index book_source_book on book_source (tenant, book);

-- Where the work stands: streams, leases, runs.

create table stream (
    tenant      text not null,
    connection  text not null,
    name        text not null,
    cursor_body text not null,
    done        boolean not null,
    as_of       timestamptz,
    primary key (tenant, connection, name)
);

create table lease (
    tenant     text not null,
    name       text not null,
    holder     text not null,
    fence      bigint not null,
    held_until timestamptz not null,
    primary key (tenant, name)
);

create table run (
    tenant   text not null,
    id       text not null,
    subject  text not null,
    started  timestamptz not null,
    finished timestamptz,
    ok       boolean not null,
    problem  text not null,
    pulled   jsonb not null,
    changed  jsonb not null,
    written  bigint not null,
    calls    bigint not null,
    primary key (tenant, id)
);
create index run_subject on run (tenant, subject, started);

create table call_count (
    tenant     text not null,
    connection text not null,
    purpose    text not null,
    day        date not null,
    calls      bigint not null,
    primary key (tenant, connection, purpose, day)
);

-- +goose Down
drop table call_count;
drop table run;
drop table lease;
drop table stream;
drop table book_source;
drop table book;
drop table connection;
drop table pending_consent;
drop table grants;
drop table tenant;
