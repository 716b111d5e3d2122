-- +goose Up

-- What the documents of a connection come to, kept in the transaction that
-- changes them, so that no page adds up a million rows. Kinds 'open' (by the day
-- that an age is counted from), 'paid' and 'void' share all invoices; 'invoiced',
-- 'deposited', 'credited', 'prepaid' and 'received' are by month, as its first
-- day. balance is what is open. A day is '' where there is none.
create table tally (
    tenant     text not null,
    connection text not null,
    kind       text not null,
    currency   text not null,
    day        text collate "C" not null,
    count      bigint not null,
    total      bigint not null,
    balance    bigint not null,
    primary key (tenant, connection, kind, currency, day)
);

insert into tally
select tenant, connection, case when state <> 'live' then 'void' when balance = 0 then 'paid' else 'open' end, currency,
    case when state = 'live' and balance <> 0 then coalesce(cast(coalesce(due, issued) as text), '') else '' end, count(*), sum(total), sum(balance)
from invoice group by 1, 2, 3, 4, 5;

insert into tally
select tenant, connection, 'invoiced', currency, coalesce(substr(cast(issued as text), 1, 7) || '-01', ''), count(*), sum(total), 0
from invoice where state = 'live' group by 1, 2, 4, 5;

insert into tally
select tenant, connection, 'deposited', currency, coalesce(substr(cast(issued as text), 1, 7) || '-01', ''), count(*), sum(deposit), 0
from invoice where state = 'live' and deposit <> 0 group by 1, 2, 4, 5;

insert into tally
select tenant, connection, case when type = 'credit_note' then 'credited' else 'prepaid' end, currency, coalesce(substr(cast(issued as text), 1, 7) || '-01', ''), count(*), sum(total), 0
from credit where state = 'live' and type in ('credit_note', 'overpayment', 'prepayment') group by 1, 2, 3, 4, 5;

insert into tally
select tenant, connection, 'received', currency, coalesce(substr(cast(dated as text), 1, 7) || '-01', ''), count(*), sum(total), 0
from receipt where state = 'live' group by 1, 2, 4, 5;

-- Numbers are found by how they begin: character by character, in no language's
-- order.
alter table invoice alter column number_key type text collate "C";

-- Lists of invoices go along these, page by page, one standing and currency
-- after the other.
drop index invoice_issued;
drop index invoice_aged;
create index invoice_by_age on invoice (tenant, connection, (case when state <> 'live' then 'void' when balance = 0 then 'paid' else 'open' end), currency, (coalesce(due, issued)), id);
create index invoice_by_issue on invoice (tenant, connection, (case when state <> 'live' then 'void' when balance = 0 then 'paid' else 'open' end), currency, issued, id);
create index invoice_by_total on invoice (tenant, connection, (case when state <> 'live' then 'void' when balance = 0 then 'paid' else 'open' end), currency, total, id);
create index invoice_of_customer on invoice (tenant, connection, customer, issued);

-- +goose Down
drop index invoice_of_customer;
drop index invoice_by_total;
drop index invoice_by_issue;
drop index invoice_by_age;
create index invoice_aged on invoice (tenant, connection, (coalesce(due, issued)), id) where state = 'live' and balance <> 0;
create index invoice_issued on invoice (tenant, connection, issued, id);
drop table tally;
alter table invoice alter column number_key type text;
