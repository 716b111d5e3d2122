-- +goose Up

-- Who has taken a connection that is due, so that others look for other work.
-- A claim only spreads the work: the right to do it is the lease.
alter table connection add column claimed_by text not null default '';
alter table connection add column claimed_until text;

-- What is due is found without reading the rest.
create index connection_due on connection (tenant, due) where state = 'active';
-- The book of a connection that is due.
create index book_ledger on book (tenant, ledger);

-- +goose Down
drop index book_ledger;
drop index connection_due;
alter table connection drop column claimed_until;
alter table connection drop column claimed_by;
