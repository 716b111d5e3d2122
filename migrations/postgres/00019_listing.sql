-- +goose Up

-- Lists of invoices go along these, page by page: what is open by its age, and
-- all by date.
create index invoice_aged on invoice (tenant, connection, (coalesce(due, issued)), id) where state = 'live' and balance <> 0;
create index invoice_issued on invoice (tenant, connection, issued, id);

-- +goose Down
drop index invoice_issued;
drop index invoice_aged;
