-- +goose Up

-- All credits of a customer, for the customer's page; credit_open has those that
-- are open.
create index credit_customer on credit (tenant, connection, customer, id);

-- +goose Down
drop index credit_customer;
