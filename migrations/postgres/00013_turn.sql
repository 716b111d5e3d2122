-- +goose Up

-- What the workers of all processes have called of a vendor's account lately,
-- so that together they stay within what the vendor allows. The account ''
-- stands for all of the application. It has no tenant: the vendor counts by the
-- operator's application and the account.
create table turn (
    vendor  text not null,
    app     text not null,
    account text not null,
    calls   text not null,
    primary key (vendor, app, account)
);

-- +goose Down
drop table turn;
