-- +goose Up

-- Customers of a processor that a person has taken apart from one of the
-- ledger: no rule joins them again.
create table payer_apart (
    tenant     text not null,
    book       text not null,
    connection text not null,
    payer      text not null,
    customer   text not null,
    decided_by text not null,
    decided_at timestamptz not null,
    primary key (tenant, book, connection, payer, customer)
);
create index payer_apart_customer on payer_apart (tenant, book, customer);

-- +goose Down
drop table payer_apart;
