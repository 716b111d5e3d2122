-- Webhooks that came in, a row for each event, and when consents end.

-- +goose Up
alter table grants add column consent_ends text;

-- A row comes before its tenant is known: where no connection is with the
-- event's company, tenant and connection are ''. body is the whole request, in
-- the first row that came with it.
create table inbox (
    tenant      text not null,
    vendor      text not null,
    event       text not null,
    connection  text not null,
    external_id text not null,
    type        text not null,
    kind        text not null,
    ref         text not null,
    deleted     boolean not null,
    happened_at text,
    received_at text not null,
    state       text not null,
    why         text not null,
    changed     boolean not null,
    tries       bigint not null,
    not_before  text,
    delivery    text not null,
    body        blob,
    primary key (tenant, vendor, event)
);

create index inbox_new on inbox (tenant, connection, received_at) where state = 'new';
create index inbox_received on inbox (received_at);
create index connection_company on connection (vendor, external_id);

-- +goose Down
drop index connection_company;
drop table inbox;
alter table grants drop column consent_ends;
