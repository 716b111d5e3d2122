-- Saved views of lists, and the secrets with which programs come in.

-- +goose Up

-- A filter with a name: of one person, or of everybody where it is shared.
create table saved_view (
    tenant     text not null,
    id         text not null,
    person     text not null,
    shared     boolean not null,
    name       text not null,
    query      text not null,
    changed_at text not null,
    primary key (tenant, id)
);

-- A program acts in a person's name: with the permissions in scopes as far as
-- the person has them, or, where it names a view, as a feed of that alone. Only
-- the hash of the secret is kept.
create table api_key (
    tenant     text not null,
    id         text not null,
    person     text not null,
    name       text not null,
    hash       text not null,
    scopes     text not null,
    view_id    text not null,
    created_at text not null,
    expires    text,
    used       text,
    primary key (tenant, id)
);
create unique index api_key_hash on api_key (hash, tenant);

-- What was answered to a request with an Idempotency-Key: status 0 while it is
-- worked at.
create table api_answer (
    tenant     text not null,
    api_key    text not null,
    request    text not null,
    digest     text not null,
    status     bigint not null,
    body       text not null,
    started_at text not null,
    primary key (tenant, api_key, request)
);
create index api_answer_started on api_answer (started_at);

-- +goose Down
drop table api_answer;
drop table api_key;
drop table saved_view;
