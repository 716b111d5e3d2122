-- The pay page: links of our own, and the processor's pages that were opened
-- from them.

-- +goose Up

-- An own link leads to our pay page: its id is the token in the address.
alter table link add column own boolean not null default false;
create unique index link_token on link (id) where own;

-- Tokens that are no invoice's: of kind customer (the subject is the ledger's
-- customer), or entry (the ledger itself sends payers here with an invoice's number).
create table pay_token (
    tenant     text not null,
    book       text not null,
    token      text not null,
    kind       text not null,
    subject    text not null,
    created_at text not null,
    ended_at   text,
    primary key (tenant, book, token)
);
create unique index pay_token_token on pay_token (token);
create index pay_token_subject on pay_token (tenant, book, kind, subject);

-- A page of the processor that was opened for a payer. session is '' until the
-- processor has answered; id is the key that it was asked with.
create table pay_session (
    tenant     text not null,
    book       text not null,
    id         text not null,
    connection text not null,
    session    text not null,
    url        text not null,
    state      text not null,
    currency   text not null,
    created_at text not null,
    until      text not null,
    primary key (tenant, book, id)
);
create index pay_session_session on pay_session (tenant, book, session) where session <> '';

-- What each invoice gets of it, and what was payable on it then.
create table pay_share (
    tenant  text not null,
    book    text not null,
    id      text not null,
    invoice text not null,
    number  text not null,
    amount  bigint not null,
    payable bigint not null,
    primary key (tenant, book, id, invoice)
);
create index pay_share_invoice on pay_share (tenant, book, invoice);

-- +goose Down
drop table pay_share;
drop table pay_session;
drop table pay_token;
drop index link_token;
alter table link drop column own;
