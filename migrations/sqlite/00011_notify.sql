-- Webhooks to the user's own systems: where to, what, and how each attempt
-- went; and the nightly sweeps.

-- +goose Up

-- Where events are sent. failing_since is when the first of the attempts failed
-- since which none has succeeded.
create table hook (
    tenant        text not null,
    id            text not null,
    url           text not null,
    events        text not null,
    secret        blob not null,
    state         text not null,
    why           text not null,
    failures      bigint not null,
    failing_since text,
    created_at    text not null,
    primary key (tenant, id)
);

-- What happened, as the bytes that are sent and signed.
create table notice (
    tenant   text not null,
    id       text not null,
    type     text not null,
    told_at  text not null,
    body     blob not null,
    primary key (tenant, id)
);
create index notice_told on notice (told_at);

-- A row for each notice and each hook that wants it.
create table delivery (
    tenant     text not null,
    hook       text not null,
    notice     text not null,
    state      text not null,
    attempts   bigint not null,
    not_before text not null,
    status     bigint not null,
    answer     text not null,
    problem    text not null,
    tried_at   text,
    created_at text not null,
    primary key (tenant, hook, notice)
);
create index delivery_due on delivery (tenant, hook, not_before) where state = 'waiting';
create index delivery_notice on delivery (tenant, notice);

-- When each connection was last compared with its vendor's lists.
create table sweep (
    tenant     text not null,
    connection text not null,
    tried      text not null,
    finished   text,
    result     text not null,
    primary key (tenant, connection)
);

-- +goose Down
drop table sweep;
drop table delivery;
drop table notice;
drop table hook;
