-- +goose Up

-- What goes back to payers is found by its charge, and its movement by what it
-- is about. Charges and payments have indexes of their own, and are many.
create index refund_charge on refund (tenant, connection, charge);
create index dispute_charge on dispute (tenant, connection, charge);
create index balance_transaction_back on balance_transaction (tenant, connection, source)
    where type <> 'charge' and type <> 'payment' and source <> '';

create index decision_adopt on decision (tenant, book) where kind = 'adopt';

-- The amount in the currency of an account that is in another one than the
-- document; 0 where none is known.
alter table posting add column settled bigint not null default 0;

-- +goose Down
alter table posting drop column settled;
drop index decision_adopt;
drop index balance_transaction_back;
drop index dispute_charge;
drop index refund_charge;
