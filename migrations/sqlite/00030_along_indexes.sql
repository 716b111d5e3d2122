-- +goose Up

-- Customers that an open invoice names and who are not known, or were: kept where
-- invoices and customers are written, so that nobody looks through all open
-- invoices. Some of them may be known by now, or owe nothing any more; whoever
-- reads it looks at each.
create table unknown_customer (
    tenant     text not null,
    connection text not null,
    id         text not null,
    primary key (tenant, connection, id)
) without rowid;

insert into unknown_customer
select distinct i.tenant, i.connection, i.customer from invoice i
where i.balance <> 0 and not exists (select 1 from customer c where c.tenant = i.tenant and c.connection = i.connection and c.id = i.customer and not c.deleted);

-- What waits for a person is a handful among all that was ever asked.
create index decision_open on decision (tenant, book, opened_at, id) where closed_at is null and answer = '';

-- +goose Down
drop index decision_open;
drop table unknown_customer;
