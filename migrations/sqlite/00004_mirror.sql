-- +goose Up

-- What a ledger's invoice says of an invoice that the processor has made
-- itself: the processor's id, found in its texts, and its reference as a key.
alter table invoice add column mirrors text not null default '';
alter table invoice add column reference_key text not null default '';
create index invoice_mirrors on invoice (tenant, connection, mirrors) where mirrors <> '';
create index invoice_reference on invoice (tenant, connection, reference_key) where reference_key <> '';

-- Which of the processor's own invoices stand in the ledger too ('mirrored'),
-- or about which a person is asked ('asked'). One without a row stands only
-- with the processor.
create table mirror (
    tenant     text not null,
    book       text not null,
    connection text not null,
    invoice    text not null,
    state      text not null,
    ledger     text not null,
    rule       text not null,
    evidence   text not null,
    decided_by text not null,
    primary key (tenant, book, connection, invoice)
) without rowid;
create index mirror_ledger on mirror (tenant, book, ledger);

-- +goose Down
drop table mirror;
drop index invoice_reference;
drop index invoice_mirrors;
alter table invoice drop column reference_key;
alter table invoice drop column mirrors;
