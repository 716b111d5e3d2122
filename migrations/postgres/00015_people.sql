-- People: who may sign in, to which organisations, and how they came and went.

-- +goose Up

-- An organisation is a tenant with a name: what its people see.
create table organisation (
    tenant     text not null primary key references tenant (id),
    name       text not null,
    zone       text not null,
    home       text not null,
    created_at timestamptz not null
);

-- People have no tenant: one person may work for several organisations. epoch
-- ends all sessions when it grows; second_used is the last time step whose code
-- was taken.
create table person (
    id          text not null primary key,
    email       text not null,
    email_key   text not null unique,
    name        text not null,
    password    text not null,
    second      bytea,
    second_on   boolean not null,
    second_used bigint not null,
    epoch       bigint not null,
    theme       text not null,
    created_at  timestamptz not null
);

create table member (
    tenant   text not null references organisation (tenant),
    person   text not null references person (id),
    role     text not null,
    added_at timestamptz not null,
    primary key (tenant, person)
);
create index member_person on member (person);

-- The ledger customers that a person of sales is responsible for.
create table responsible (
    tenant     text not null,
    person     text not null references person (id),
    connection text not null,
    customer   text not null,
    primary key (tenant, connection, customer, person)
);

-- One-time addresses: the first set-up, invitations, new passwords. Only the
-- hash of the secret in them is kept. A set-up has no tenant yet.
create table ticket (
    hash       text not null,
    kind       text not null,
    tenant     text not null,
    person     text not null,
    email      text not null,
    role       text not null,
    expires    timestamptz not null,
    created_by text not null,
    created_at timestamptz not null,
    primary key (tenant, hash)
);
create unique index ticket_hash on ticket (hash, tenant);

-- Sessions by the hash of their secret; data is opaque.
create table session (
    id      text not null primary key,
    data    bytea not null,
    expires timestamptz not null
);
create index session_expires on session (expires);

-- Failed sign-ins of a window of time, by account, by address and by both.
create table attempt (
    subject  text not null primary key,
    failures bigint not null,
    until    timestamptz not null
);

-- What people did about people and access: append-only. tenant is '' for what
-- belongs to no single organisation, such as a failed sign-in.
create table person_event (
    id      text not null,
    tenant  text not null,
    at      timestamptz not null,
    kind    text not null,
    person  text not null,
    by_whom text not null,
    address text not null,
    detail  text not null,
    primary key (tenant, id)
);
create index person_event_at on person_event (tenant, at);

-- +goose Down
drop table person_event;
drop table attempt;
drop table session;
drop table ticket;
drop table responsible;
drop table member;
drop table person;
drop table organisation;
